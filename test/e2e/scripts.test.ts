/** Scripts out of the documentation of ncat and nc, unchanged, with links named ncat and nc to nettk on the PATH. */

import { expect, test } from 'vitest';
import { needs } from '../support/needs.ts';
import { runInWorld } from '../support/script-world.ts';

/** One script: what a person reads and types. */
interface Script {
  /** The documentation that has it. */
  readonly from: string;
  readonly does: string;
  /** What is there before, in bash. */
  readonly given?: string;
  /** Lines of the documentation that run meanwhile, each with where it listens once it is up. */
  readonly meanwhile?: readonly (readonly [line: string, up: string])[];
  /** Is it waited for until they have ended by themselves? */
  readonly ends?: boolean;
  /** The last line; of the documentation, or what a client would do. */
  readonly line: string;
  /** Bash that shows what became of it; what it and the line print is compared. */
  readonly shows?: string;
  readonly prints: string | RegExp;
  /** Programs it needs besides. */
  readonly needs?: readonly string[];
}

const FILE = 'head -c 1000000 /dev/urandom > inputfile';
const SAME_FILE = { shows: 'cmp inputfile outputfile && echo same', prints: 'same\n' };
const WEB =
  'mkdir web; echo "<h1>page</h1>" > web/index.html; python3 -m http.server -d web 80 >/dev/null 2>&1 & up tcp 80';
const CERTIFICATE =
  'openssl req -x509 -newkey rsa:2048 -nodes -keyout test-key.pem -out test-cert.pem -days 2 -subj /CN=localhost ' +
  '-addext subjectAltName=DNS:localhost,DNS:imap.example.com 2>/dev/null';
const MAIL = `cat > smtp.sh <<'X'
echo "220 mail.example.com ESMTP"
while IFS= read -r line; do
  printf '%s' "$line" | tail -c 1 | grep -q $'\\r' || echo "500 no CR"
  case $line in DATA*) echo "354 go";; .*) echo "250 taken";; QUIT*) echo "221 bye"; exit;; *) echo "250 OK";; esac
done
X
PATH=/usr/bin:/bin socat TCP-LISTEN:25,fork SYSTEM:'bash smtp.sh' & up tcp 25`;

const NCAT_SCRIPTS: readonly Script[] = [
  {
    from: 'ncat(1), EXAMPLES',
    does: 'sends a file from host2 to host1',
    given: FILE,
    meanwhile: [['ncat -l 9899 > outputfile', 'up tcp 9899']],
    line: 'ncat HOST1 9899 < inputfile',
    ends: true,
    ...SAME_FILE,
  },
  {
    from: 'ncat(1), EXAMPLES',
    does: 'serves one file',
    given: FILE,
    meanwhile: [['ncat -l 9899 < inputfile', 'up tcp 9899']],
    line: 'ncat HOST1 9899 > outputfile',
    ends: true,
    ...SAME_FILE,
  },
  {
    from: 'ncat(1), EXAMPLES',
    does: 'redirects a port to another host',
    given: WEB,
    needs: ['python3', 'curl'],
    meanwhile: [['ncat --sh-exec "ncat example.org 80" -l 8080 --keep-open', 'up tcp 8080']],
    line: 'for i in 1 2 3; do curl -s http://localhost:8080/; done',
    prints: '<h1>page</h1>\n'.repeat(3),
  },
  {
    from: 'ncat(1), EXAMPLES',
    does: 'gives a shell to all',
    meanwhile: [['ncat --exec "/bin/bash" -l 8081 --keep-open', 'up tcp 8081']],
    line: 'for i in 1 2; do echo "echo \\$((20 + $i))" | ncat localhost 8081; done',
    prints: '21\n22\n',
  },
  {
    from: 'ncat(1), EXAMPLES',
    does: 'gives a shell to a network, to three at once',
    meanwhile: [['ncat --exec "/bin/bash" --max-conns 3 --allow 192.168.0.0/24 -l 8081 --keep-open', 'up tcp 8081']],
    line: 'for from in 192.168.0.125 10.1.2.3; do echo "echo for $from" | ncat -s $from localhost 8081; done; true',
    prints: 'for 192.168.0.125\n',
  },
  {
    from: 'Ncat guide, file transfer',
    does: 'sends a file to who listens on the default port',
    given: FILE,
    meanwhile: [['ncat -l > outputfile', 'up tcp 31337']],
    line: 'ncat --send-only host2 < inputfile',
    ends: true,
    ...SAME_FILE,
  },
  {
    from: 'Ncat guide, file transfer',
    does: 'sends a file to who connects',
    given: FILE,
    meanwhile: [['ncat -l --send-only < inputfile', 'up tcp 31337']],
    line: 'ncat host1 > outputfile',
    ends: true,
    ...SAME_FILE,
  },
  {
    from: 'Ncat guide, file transfer',
    does: 'sends a folder through tar',
    given: 'mkdir files; for i in 1 2 3; do head -c 200000 /dev/urandom > files/$i; done; mkdir there',
    meanwhile: [['(cd there; ncat -l | tar xzv)', 'up tcp 31337']],
    line: 'tar czv files | ncat --send-only host2 2>/dev/null',
    ends: true,
    shows: 'diff -r files there/files && echo same',
    prints: /same\n$/,
  },
  {
    from: 'Ncat guide, file transfer',
    does: 'sends a disk image compressed',
    given: 'head -c 1000000 /dev/urandom > hda',
    needs: ['bzip2'],
    meanwhile: [['ncat -l | bzip2 -d > host1-hda.image', 'up tcp 31337']],
    line: 'cat hda | bzip2 | ncat --send-only host2',
    ends: true,
    shows: 'cmp hda host1-hda.image && echo same',
    prints: 'same\n',
  },
  {
    from: 'Ncat guide, file transfer through a broker',
    does: 'sends a file between two who only can connect',
    given: FILE,
    meanwhile: [
      ['ncat -l --broker', 'up tcp 31337'],
      ['ncat host3 > outputfile', 'until ss -Htn "dport = :31337" | grep -q ESTAB; do :; done'],
    ],
    line: 'ncat --send-only host3 < inputfile; until cmp -s inputfile outputfile; do :; done; echo same',
    prints: 'same\n',
  },
  {
    from: 'Ncat guide, chat',
    does: 'holds a chat',
    meanwhile: [
      ['ncat -l --chat', 'up tcp 31337'],
      ['ncat server > heard', 'until grep -q "is connected" heard 2>/dev/null; do :; done'],
    ],
    line: 'echo "Is anyone there?" | ncat server > /dev/null; until grep "Is anyone" heard; do :; done',
    prints: /<user\d+> Is anyone there\?\n/,
  },
  {
    from: 'Ncat guide, connection chaining',
    does: 'passes a log on through a host between, as one port each',
    given: 'seq 100000 > log.orig; cp log.orig log.sent',
    meanwhile: [
      ['ncat -l 4003 > log.txt', 'up tcp 4003'],
      ['ncat -l 4002 --sh-exec "ncat host3 4003"', 'up tcp 4002'],
    ],
    line: 'ncat --send-only host2 4002 < log.sent',
    ends: true,
    shows: 'cmp log.txt log.orig && echo same',
    prints: 'same\n',
  },
  {
    from: 'Ncat guide, command execution',
    does: 'says hello and ends',
    meanwhile: [['ncat -l --exec "/bin/echo Hello."', 'up tcp 31337']],
    line: 'ncat localhost < /dev/null',
    ends: true,
    prints: 'Hello.\n',
  },
  {
    from: 'Ncat guide, command execution',
    does: 'lets the shell fill in the command',
    meanwhile: [['ncat -l --sh-exec "echo `pwd`"', 'up tcp 31337']],
    line: 'ncat localhost < /dev/null',
    ends: true,
    prints: '/tmp/work\n',
  },
  {
    from: 'Ncat guide, command execution',
    does: 'says hello to everybody',
    meanwhile: [['ncat -l --keep-open --exec "/bin/echo Hello."', 'up tcp 31337']],
    line: 'for i in 1 2 3; do ncat localhost < /dev/null; done',
    prints: 'Hello.\n'.repeat(3),
  },
  {
    from: 'Ncat guide, emulating a web server',
    does: 'is a web server for one request',
    given: "printf 'HTTP/1.0 200 OK\\r\\n\\r\\nHello, world!\\n' > hello.http",
    needs: ['curl'],
    meanwhile: [['ncat -l localhost 8080 < hello.http', 'up tcp 8080']],
    line: 'curl -s http://localhost:8080/',
    ends: true,
    prints: /^GET \/ HTTP[\s\S]*Hello, world!\n$/,
  },
  {
    from: 'Ncat guide, emulating a web server',
    does: 'is a web server for many',
    given: 'echo "<p>index</p>" > index.html',
    meanwhile: [[`ncat -lk -p 8080 --sh-exec "echo -e 'HTTP/1.1 200 OK\\r\\n'; cat index.html"`, 'up tcp 8080']],
    // Debian's sh says the -e too, with ncat as with nettk.
    line: "for i in 1 2; do printf 'GET / HTTP/1.0\\r\\n\\r\\n' | ncat localhost 8080; done",
    prints: /^(-e )?HTTP\/1.1 200 OK\r\n\n<p>index<\/p>\n(-e )?HTTP\/1.1 200 OK\r\n\n<p>index<\/p>\n$/,
  },
  {
    from: 'Ncat guide, unwrapping',
    does: 'redirects a port once',
    given: WEB,
    needs: ['python3', 'curl'],
    meanwhile: [['ncat -l localhost 8080 --sh-exec "ncat example.org 80"', 'up tcp 8080']],
    line: 'curl -s http://localhost:8080/',
    ends: true,
    prints: '<h1>page</h1>\n',
  },
  {
    from: 'Ncat guide, unwrapping SSL',
    does: 'takes the TLS off for a client that has none',
    given: `${CERTIFICATE}; openssl s_server -quiet -accept 993 -cert test-cert.pem -key test-key.pem -HTTP >/dev/null 2>&1 & up tcp 993; echo imap > file`,
    needs: ['openssl'],
    meanwhile: [['ncat -l localhost 143 --sh-exec "ncat --ssl imap.example.com 993"', 'up tcp 143']],
    line: "printf 'GET /file HTTP/1.0\\r\\n\\r\\n' | ncat localhost 143 | tail -1",
    ends: true,
    prints: 'imap\n',
  },
  {
    from: 'Ncat guide, SSL',
    does: 'listens with a certificate, which the other side trusts',
    given: `${CERTIFICATE}; echo secret > inputfile`,
    needs: ['openssl'],
    meanwhile: [['ncat --listen --ssl --ssl-cert test-cert.pem --ssl-key test-key.pem < inputfile', 'up tcp 31337']],
    line: 'ncat --ssl-verify --ssl-trustfile test-cert.pem localhost',
    ends: true,
    prints: 'secret\n',
  },
  {
    from: 'Ncat guide, SSL',
    does: 'listens with a throw-away certificate',
    given: 'echo secret > inputfile',
    meanwhile: [['ncat -v --listen --ssl < inputfile', 'up tcp 31337']],
    line: 'ncat --ssl localhost < /dev/null',
    ends: true,
    prints: 'secret\n',
  },
  {
    from: 'Ncat guide, access control',
    does: 'takes one address only',
    meanwhile: [['ncat -l --allow 192.168.0.125', 'up tcp 31337']],
    line: 'for from in 10.1.2.3 192.168.0.125; do echo "I am $from" | ncat -s $from localhost; done',
    ends: true,
    prints: 'I am 192.168.0.125\n',
  },
  {
    from: 'Ncat guide, talking to a web server',
    does: 'fetches a page by hand',
    given: WEB,
    needs: ['python3'],
    line: `ncat -C scanme.nmap.org 80 << EOF
GET / HTTP/1.0

EOF`,
    prints: /^HTTP\/1.0 200 OK\r\n[\s\S]*<h1>page<\/h1>\n$/,
  },
  {
    from: 'Ncat guide, mail',
    does: 'sends a mail by hand',
    given: MAIL,
    needs: ['socat'],
    line: `ncat -C mail.example.com 25 << EOF
HELO client.example.com
MAIL FROM:a@example.com
RCPT TO:b@example.com
DATA
From: a@example.com
To: b@example.com
Subject: Greetings from Ncat

Hello. This short message is being sent by Ncat.
.
QUIT
EOF`,
    prints: /^220 [\s\S]*354 go\n[\s\S]*250 taken\n221 bye\n$/,
  },
  {
    from: 'Ncat guide, debugging',
    does: 'keeps a log of a conversation',
    given: MAIL,
    needs: ['socat'],
    line: 'echo QUIT | ncat -C --output smtp-debug.log mail.example.com 25 > /dev/null; cat smtp-debug.log',
    prints: /220 mail.example.com ESMTP\n[\s\S]*221 bye\n/,
  },
  {
    from: 'Ncat guide, emulating services',
    does: 'is an echo server',
    meanwhile: [['ncat -l 7 --keep-open --exec "/bin/cat"', 'up tcp 7']],
    line: 'for i in 1 2; do echo "hello $i" | ncat localhost 7; done',
    prints: 'hello 1\nhello 2\n',
  },
  {
    from: 'Ncat guide, emulating services',
    does: 'is an echo server over UDP',
    needs: ['socat'],
    meanwhile: [['ncat -l 7 --keep-open --udp --exec "/bin/cat"', 'up udp 7']],
    line: 'for i in 1 2; do echo "hello $i" | socat -t 5 - UDP4:localhost:7,readbytes=8; done',
    prints: 'hello 1\nhello 2\n',
  },
  {
    from: 'Ncat guide, emulating services',
    does: 'is a daytime server',
    meanwhile: [['ncat -l 13 --keep-open --send-only --exec "/bin/date"', 'up tcp 13']],
    line: 'ncat localhost 13 < /dev/null',
    prints: /\d\d:\d\d:\d\d/,
  },
  {
    from: 'Ncat guide, emulating services',
    does: 'is a daytime server over UDP',
    needs: ['socat'],
    meanwhile: [['ncat -l 13 --keep-open --udp --send-only --exec "/bin/date"', 'up udp 13']],
    line: 'for i in 1 2; do echo | socat -t 5 - UDP4:localhost:13,readbytes=20; done',
    prints: /\d\d:\d\d:\d\d[\s\S]*\d\d:\d\d:\d\d/,
  },
  {
    from: 'Ncat guide, emulating services',
    does: 'is a discard server',
    meanwhile: [['ncat -l --keep-open 9 --recv-only > /dev/null', 'up tcp 9']],
    line: 'for i in 1 2; do seq 100000 | ncat --send-only localhost 9; done; echo $?',
    prints: '0\n',
  },
  {
    from: 'Ncat guide, emulating services',
    does: 'logs what a scanner sends in hex',
    meanwhile: [['ncat -l --keep-open 5200 --hex-dump vscan.log > /dev/null', 'up tcp 5200']],
    line: 'echo "GET /probe" | ncat --send-only localhost 5200; until grep -q "47 45 54 20" vscan.log; do :; done; echo logged',
    prints: 'logged\n',
  },
];

const NC_SCRIPTS: readonly Script[] = [
  {
    from: 'nc(1), CLIENT/SERVER MODEL',
    does: 'connects two ends',
    meanwhile: [['nc -l 1234 > said', 'up tcp 1234']],
    line: 'echo hello | nc -N 127.0.0.1 1234',
    ends: true,
    shows: 'cat said',
    prints: 'hello\n',
  },
  {
    from: 'nc(1), CLIENT/SERVER MODEL',
    does: 'gives a shell through a named pipe',
    given: 'rm -f /tmp/f; mkfifo /tmp/f',
    meanwhile: [['cat /tmp/f | /bin/sh -i 2>&1 | nc -l 127.0.0.1 1234 > /tmp/f', 'up tcp 1234']],
    line: '(echo "echo \\$((6 * 7))"; echo exit) | nc -N host.example.com 1234 | grep -o 42',
    prints: '42\n',
  },
  {
    from: 'nc(1), DATA TRANSFER',
    does: 'sends a file',
    given: 'head -c 1000000 /dev/urandom > filename.in',
    meanwhile: [['nc -l 1234 > filename.out', 'up tcp 1234']],
    line: 'nc -N host.example.com 1234 < filename.in',
    ends: true,
    shows: 'cmp filename.in filename.out && echo same',
    prints: 'same\n',
  },
  {
    from: 'nc(1), TALKING TO SERVERS',
    does: 'fetches a page',
    given: WEB,
    needs: ['python3'],
    line: 'printf "GET / HTTP/1.0\\r\\n\\r\\n" | nc host.example.com 80',
    prints: /^HTTP\/1.0 200 OK\r\n[\s\S]*<h1>page<\/h1>\n$/,
  },
  {
    from: 'nc(1), TALKING TO SERVERS',
    does: 'submits a mail',
    given: MAIL,
    needs: ['socat'],
    line: `nc -C localhost 25 << EOF
HELO host.example.com
MAIL FROM:<user@host.example.com>
RCPT TO:<user2@host.example.com>
DATA
Body of email.
.
QUIT
EOF`,
    prints: /^220 [\s\S]*354 go\n[\s\S]*250 taken\n221 bye\n$/,
  },
  {
    from: 'nc(1), PORT SCANNING',
    does: 'looks for open ports in a range',
    given: 'for port in 22 25; do socat TCP-LISTEN:$port,fork PIPE & up tcp $port; done',
    needs: ['socat'],
    line: 'nc -zv host.example.com 20-30 2>&1 | grep succeeded',
    prints:
      /^Connection to host.example.com( \(127.0.0.1\))? 22 port \[tcp\/ssh\] succeeded!\nConnection to host.example.com( \(127.0.0.1\))? 25 port \[tcp\/smtp\] succeeded!\n$/,
  },
  {
    from: 'nc(1), PORT SCANNING',
    does: 'looks at a list of ports',
    given: 'socat TCP-LISTEN:22,fork PIPE & up tcp 22',
    needs: ['socat'],
    line: 'nc -zv host.example.com http 20 22-23 2>&1',
    prints: /80 .*refused[\s\S]*20 .*refused[\s\S]*ssh\] succeeded!\n[\s\S]*23 .*refused/,
  },
  {
    from: 'nc(1), PORT SCANNING',
    does: 'reads the banners of a range',
    // The first reads the QUIT that it gets: socat that cannot give it to a program that is gone loses the banner.
    given:
      "socat TCP-LISTEN:22,fork SYSTEM:'echo SSH-1.99-test; read line' & up tcp 22; socat TCP-LISTEN:25,fork SYSTEM:'echo 220 ready' & up tcp 25",
    needs: ['socat'],
    line: 'echo "QUIT" | nc host.example.com 20-30',
    prints: 'SSH-1.99-test\n220 ready\n',
  },
  {
    from: 'nc(1), EXAMPLES',
    does: 'connects from a port, with a timeout',
    given: "socat TCP-LISTEN:42 SYSTEM:'echo from \\$SOCAT_PEERPORT' & up tcp 42",
    needs: ['socat'],
    line: 'nc -p 31337 -w 5 host.example.com 42 < /dev/null',
    prints: 'from 31337\n',
  },
  {
    from: 'nc(1), EXAMPLES',
    does: 'connects from an address',
    given: "socat TCP-LISTEN:42 SYSTEM:'echo from \\$SOCAT_PEERADDR' & up tcp 42",
    needs: ['socat'],
    line: 'nc -s 10.1.2.3 host.example.com 42 < /dev/null',
    prints: 'from 10.1.2.3\n',
  },
  {
    from: 'nc(1), EXAMPLES',
    does: 'asks over UDP',
    given: "socat UDP4-RECVFROM:53 SYSTEM:'read line; echo answer to \\$line' & up udp 53",
    needs: ['socat'],
    line: '(echo question; cat) | nc -u host.example.com 53 > said & until grep answer said; do :; done',
    prints: 'answer to question\n',
  },
  {
    from: 'nc(1), EXAMPLES',
    does: 'listens on a Unix socket',
    given: 'rm -f /var/tmp/dsocket',
    meanwhile: [['nc -lU /var/tmp/dsocket > said', 'until [ -S /var/tmp/dsocket ]; do :; done']],
    line: 'echo hello | nc -NU /var/tmp/dsocket',
    ends: true,
    shows: 'cat said; rm -f /var/tmp/dsocket',
    prints: 'hello\n',
  },
];

/** The bash of a script; a standard input that is a person's brings nothing and does not end. */
function bashOf(script: Script): string {
  const { given = '', meanwhile = [], line, ends, shows = '' } = script;
  const started = meanwhile.map(([one, up], i) => `{ ${one}\n} <&8 & job${i}=$!\n${up}`);
  const waits = ends ? meanwhile.map((_, i) => `wait $job${i} || echo "job ${i}: $?"`) : [];
  return [given, ...started, `{ ${line}\n} <&8`, ...waits, shows].join('\n');
}

function asPattern(prints: string | RegExp): RegExp {
  return prints instanceof RegExp ? prints : new RegExp(`^${prints.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
}

const WORLD = ['root', 'unshare', 'ip', 'ss'];

test.for([...NCAT_SCRIPTS, ...NC_SCRIPTS])('$from: $does', async (script, context) => {
  needs(context, ...WORLD, ...(script.needs ?? []));
  const { stdout, stderr } = await runInWorld(bashOf(script));
  expect(stdout.toString(), stderr).toMatch(asPattern(script.prints));
});
