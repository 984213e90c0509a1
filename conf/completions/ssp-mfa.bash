# bash completion for ssp-mfa(1). Installed as /usr/share/bash-completion/completions/ssp-mfa.

# Names of the files in providers.d that begin so; only root may look there.
_ssp_mfa_providers() {
    local file
    for file in /etc/ssp-mfa/providers.d/"$1"*.toml; do
        [[ -e $file ]] && basename "$file" .toml
    done
}

_ssp_mfa() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local words=() word skip=0 choices
    COMPREPLY=()

    case $previous in
    --config)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    --reason | --language | --head | --from | --to) return ;;
    --channel)
        mapfile -t COMPREPLY < <(compgen -W 'text-message voice-call' -- "$current")
        return
        ;;
    --provider)
        mapfile -t COMPREPLY < <(_ssp_mfa_providers "$current")
        return
        ;;
    esac
    case $current in
    --reason=* | --language=* | --channel=* | --provider=* | --head=* | --from=* | --to=*) return ;;
    esac

    # The words before the cursor, without options and their values.
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        if ((skip)); then
            skip=0
        elif [[ $word == --config || $word == --reason || $word == --channel || $word == --provider ||
            $word == --language || $word == --head || $word == --from || $word == --to ]]; then
            skip=1
        elif [[ $word != -* ]]; then
            words+=("$word")
        fi
    done

    if [[ $current == -* ]]; then
        choices='--config --json --help --version'
        [[ ${words[0]-} == repair || ${words[0]-} == restore || "${words[*]:0:2}" == 'key rotate' ||
            "${words[*]:0:2}" == 'key lost' ]] &&
            choices='--reason= --config --json --help'
        [[ ${words[0]-} == user && ${words[1]-} != show ]] && choices='--reason= --config --json --help'
        [[ ${words[0]-} == backup ]] && choices="--force $choices"
        mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$current")
        [[ ${words[0]-} == send-test ]] &&
            mapfile -t COMPREPLY < <(compgen -W "--channel --provider --language $choices" -- "$current")
        case "${words[0]-} ${words[1]-}" in
        'audit verify') mapfile -t COMPREPLY < <(compgen -W "--head= $choices" -- "$current") ;;
        'audit export') mapfile -t COMPREPLY < <(compgen -W "--from= --to= $choices" -- "$current") ;;
        esac
        [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null
        return
    fi

    case "${#words[@]} ${words[0]-} ${words[1]-}" in
    '0 '*) choices='status devices recovery-codes user init key send-test providers audit repair backup restore' ;;
    '1 audit '*) choices='verify export' ;;
    '1 devices '*) choices='revoke forget' ;;
    '1 key '*) choices='rotate finish status lost' ;;
    '1 backup '* | '1 restore '*)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    '1 repair '*) choices='clock' ;;
    '1 user '*) choices='show unlock lock reset forget' ;;
    '2 user '*)
        mapfile -t COMPREPLY < <(compgen -u -- "$current")
        return
        ;;
    *) return ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$current")
}

complete -F _ssp_mfa ssp-mfa
