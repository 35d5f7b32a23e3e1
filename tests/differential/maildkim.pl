#!/usr/bin/perl
# Mail::DKIM as a peer for maildkim.py: one JSON object a line in, one out. Octets travel
# as hexadecimal digits. "records" on the first line is all of DNS.
use strict;
use warnings;
use JSON::PP;
use Mail::DKIM;
use Mail::DKIM::ARC::Signer;
use Mail::DKIM::ARC::Verifier;
use Mail::DKIM::DNS;
use Mail::DKIM::PrivateKey;
use Mail::DKIM::Signature;
use Mail::DKIM::Signer;
use Mail::DKIM::TextWrap;
use Mail::DKIM::Verifier;
use Net::DNS;

my %records;

{
    no warnings 'redefine';
    *Mail::DKIM::DNS::query = sub {
        my ($name) = @_;
        my $text = $records{ lc $name };
        $@ = defined $text ? 'NOERROR' : 'NXDOMAIN';
        return unless defined $text;
        my @strings = $text =~ /(.{1,200})/gs;
        return Net::DNS::RR->new( owner => $name, type => 'TXT', txtdata => \@strings );
    };
}

# Mail::DKIM takes whole lines: a last one without CRLF would go into the simple body hash
# as it is, where RFC 6376 section 3.4.3 adds the CRLF.
sub feed {
    my ( $to, $octets ) = @_;
    $octets .= "\r\n" unless $octets =~ /\r\n\z/;
    $to->PRINT($_) for $octets =~ /\G(.*?\r\n|.+)/gs;
    $to->CLOSE;
}

sub key { Mail::DKIM::PrivateKey->load( Data => $_[0] ) }

# h= exactly as asked for: a policy makes the signature.
sub sign {
    my ($in) = @_;
    my $signer = Mail::DKIM::Signer->new(
        Policy => sub {
            my ($self) = @_;
            $self->add_signature(
                Mail::DKIM::Signature->new(
                    Algorithm => 'rsa-sha256',
                    Method    => $in->{method},
                    Headers   => $in->{names},
                    Domain    => $in->{domain},
                    Selector  => $in->{selector},
                    Key       => key( $in->{key} ),
                    Timestamp => $in->{now},
                    ( $in->{identity} ? ( Identity => $in->{identity} ) : () ),
                )
            );
            return;
        }
    );
    feed( $signer, pack 'H*', $in->{octets} );
    return { field => unpack 'H*', $signer->signature->as_string };
}

sub seal {
    my ($in) = @_;
    my $signer = Mail::DKIM::ARC::Signer->new(
        Algorithm => 'rsa-sha256',
        Chain     => $in->{cv},
        Domain    => $in->{domain},
        SrvId     => $in->{domain},
        Selector  => $in->{selector},
        Key       => key( $in->{key} ),
        Timestamp => $in->{now},
    );
    feed( $signer, pack 'H*', $in->{octets} );
    return { refused => $signer->result_detail } if $signer->result ne 'sealed';
    return { field => unpack 'H*', $signer->as_string };
}

# By the octets of b=: what could not be parsed is not in the list.
sub signatures {
    my ($in) = @_;
    my $verifier = Mail::DKIM::Verifier->new( Strict => 1 );
    feed( $verifier, pack 'H*', $in->{octets} );
    return { map { ( $_->data // '' ) => $_->result_detail } $verifier->signatures };
}

sub chain {
    my ($in) = @_;
    my $verifier = Mail::DKIM::ARC::Verifier->new( Strict => 1 );
    feed( $verifier, pack 'H*', $in->{octets} );
    return { result => $verifier->result, detail => $verifier->result_detail };
}

my %ops = ( sign => \&sign, seal => \&seal, signatures => \&signatures, chain => \&chain );
$| = 1;
while ( my $line = <STDIN> ) {
    my $in = decode_json($line);
    %records = %{ $in->{records} } if $in->{records};
    my $out = $in->{op} ? eval { $ops{ $in->{op} }->($in) } : {};
    print encode_json( $out // { died => "$@" } ), "\n";
}
