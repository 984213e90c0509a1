#!/usr/bin/perl
# A mobile carrier at the other end of SMPP 3.4, on Net::SMPP: takes messages, and writes each as a line of JSON.
#
# smpp_carrier.pl PORT FILE   the password of the system id "otp" comes on standard input.
#
# Numbers that end in 97 do not exist (ESME_RINVDSTADR), those that end in 98 are throttled (ESME_RTHROTTLED). A
# receipt is sent to whoever asks for one. One peer at a time; the next one when it is gone.
use strict;
use warnings;
use JSON::PP;
use Net::SMPP;
use POSIX qw(strftime);

my ($port, $file) = @ARGV;
chomp(my $password = <STDIN>);
open(my $out, '>>', $file) or die "$file: $!";
$out->autoflush(1);
STDOUT->autoflush(1);
my $json = JSON::PP->new->canonical->latin1;
my $listener = Net::SMPP->new_listen('127.0.0.1', port => $port, smpp_version => 0x34, interface_version => 0x34,
    system_id => 'carrier', reuse => 1) or die "port $port: $!";
my %bind_answer = (
    Net::SMPP::CMD_bind_transceiver() => 'bind_transceiver_resp',
    Net::SMPP::CMD_bind_transmitter() => 'bind_transmitter_resp',
    Net::SMPP::CMD_bind_receiver() => 'bind_receiver_resp',
);
my $count = 0;

sub take_message {
    my ($peer, $pdu) = @_;
    my $to = $pdu->{destination_addr};
    my $id = sprintf('%08x', ++$count);
    my $status = $to =~ /97$/ ? 0x0b : $to =~ /98$/ ? 0x58 : 0;
    print $out $json->encode({
        to => $to, ton => $pdu->{dest_addr_ton}, npi => $pdu->{dest_addr_npi}, coding => $pdu->{data_coding},
        validity => $pdu->{validity_period}, status => $status, at => time,
        hex => unpack('H*', $pdu->{short_message}),
    }), "\n";
    $peer->submit_sm_resp(seq => $pdu->{seq}, message_id => $status ? '' : $id, status => $status);
    return if $status || !($pdu->{registered_delivery} & 1);
    my $now = strftime('%y%m%d%H%M', gmtime);
    $peer->deliver_sm(async => 1, source_addr => $to, destination_addr => $pdu->{source_addr}, esm_class => 4,
        short_message => "id:$id sub:001 dlvrd:001 submit date:$now done date:$now stat:DELIVRD err:000 text:");
}

print "listening\n";
while (1) {
    my $peer = $listener->accept or next; # it waits five seconds at a time
    my $bound = 0;
    while (my $pdu = $peer->read_pdu) {
        my $command = $pdu->{cmd};
        if (my $answer = $bind_answer{$command}) {
            $bound = $pdu->{system_id} eq 'otp' && $pdu->{password} eq $password;
            $peer->$answer(seq => $pdu->{seq}, system_id => 'carrier', status => $bound ? 0 : 0x0e);
        } elsif ($command == Net::SMPP::CMD_submit_sm && $bound) {
            take_message($peer, $pdu);
        } elsif ($command == Net::SMPP::CMD_enquire_link) {
            $peer->enquire_link_resp(seq => $pdu->{seq});
        } elsif ($command == Net::SMPP::CMD_unbind) {
            $peer->unbind_resp(seq => $pdu->{seq});
            last;
        }
    }
    $peer->close;
}
