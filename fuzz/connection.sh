#!/bin/sh
# Writes what well-behaved servers say into a folder, one file for each way to log in:
# fuzz/connection.sh FOLDER. The first byte is the length of the pieces in which it is read.
set -eu
stream=$(dirname "$0")/../tests/wire/recorded.hex

# A frame: its tag and its content, in hexadecimal.
frame() { printf '%s%08x%s' "$1" $((${#2} / 2 + 4)) "$2"; }
text() { printf %s "$1" | xxd -p | tr -d '\n'; }
cell() { printf '%08x%s' $((${#1} / 2)) "$1"; }

ready=$(frame 53 "$(text server_encoding)00$(text UTF8)00")$(frame 4b 0000000100000002)$(frame 5a 49)
identity=$(frame 44 "0004$(cell "$(text 7)")$(cell "$(text 2)")$(cell "$(text 0/9000)")$(cell "$(text crm)")")
history=$(frame 44 "0002$(cell "$(text 00000002.history)")$(cell "$(text '1	0/3000	no reason')0a")")
answered=$(frame 43 "$(text SELECT)00")$(frame 5a 49)
begun=$(frame 4e "$(text SNOTICE)00$(text C00000)00$(text Mhello)0000")$(frame 57 000000)
keepalive=$(frame 64 "6b$(printf '%016x%016x' 4096 0)01")
changes=$(awk '{ printf "64%08x77%048x%s", length($1) / 2 + 29, 0, $1 }' "$stream")
refusal=$(frame 45 "$(text SFATAL)00$(text C57P01)00$(text Mbye)0000")
goodbye=$(frame 63 '')$(frame 43 "$(text COPY)00")$(frame 5a 49)

let_in=$(frame 52 00000000)
followed=$let_in$ready$identity$answered$history$answered$begun$keepalive$changes$keepalive
scram=$(frame 52 "0000000a$(text SCRAM-SHA-256)0000")
nonce='r=~~~~~~~~~~~~~~~~~~~~~~~~server,s=c2FsdHNhbHRzYWx0c2FsdA==,i=2'
scram=$scram$(frame 52 "0000000b$(text "$nonce")")$(frame 52 "0000000c$(text v=AAAA)")

write() { printf %s "$2" | xxd -r -p >"$1"; }
write "$1/trust" "ff$followed$refusal"
write "$1/pieces" "03$followed$goodbye"
write "$1/clear" "ff$(frame 52 00000003)$followed"
write "$1/md5" "07$(frame 52 0000000501020304)$let_in$ready$refusal"
write "$1/scram" "ff$scram$let_in"
write "$1/refused" "ff$(frame 45 "$(text C28P01)00$(text Mno)0000")"
