/* A PAM application that keeps nothing of what was typed: whatever is left in its memory is the module's.
 * memory_guest FOLDER SERVICE PERSON: authenticates at its terminal, says "ended CODE: ", and waits for a line. */
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 1024 };

static void say(const char *text)
{
    (void)!write(STDOUT_FILENO, text, strlen(text));
}

/* A block that just holds it, as sshd and sudo give one. */
static char *read_line(void)
{
    static char line[MOST];
    size_t at = 0;
    while (at + 1 < sizeof line && read(STDIN_FILENO, line + at, 1) == 1 && line[at] != '\n')
        ++at;
    line[at] = '\0';
    char *copy = strdup(line);
    explicit_bzero(line, sizeof line);
    return copy;
}

static int converse(int count, const struct pam_message **messages, struct pam_response **responses, void *data)
{
    (void)data;
    *responses = calloc((size_t)count, sizeof(struct pam_response));
    for (int i = 0; i < count; ++i) {
        say(messages[i]->msg);
        if (messages[i]->msg_style == PAM_PROMPT_ECHO_ON || messages[i]->msg_style == PAM_PROMPT_ECHO_OFF)
            (*responses)[i].resp = read_line();
        else
            say("\n");
    }
    return PAM_SUCCESS;
}

int main(int argc, char *argv[])
{
    const struct pam_conv conversation = {converse, NULL};
    pam_handle_t *pam = NULL;
    char ended[32];
    if (argc != 4 || pam_start_confdir(argv[2], argv[3], &conversation, argv[1], &pam) != PAM_SUCCESS)
        return 1;
    const int outcome = pam_authenticate(pam, 0);
    snprintf(ended, sizeof ended, "ended %d: ", outcome);
    say(ended);
    free(read_line());
    return pam_end(pam, outcome);
}
