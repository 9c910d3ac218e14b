# mmpatch --find --replace: patterns looked for and replaced; and seeded scripts and patterns beside a reference in python.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper

setup() {
	begin_ours
	via=(mm mmpatch)
	hint="Try 'mmpatch --help' for more information.$nl"
}

# replaced TEXT WANT FIND REPLACE OPTION...: a file of that text becomes this one
replaced() {
	printf %s "$1" >f
	does --find "$3" --replace "$4" "${@:5}" f && reads "$2" f
}

@test "--find and --replace change the one place that holds the pattern" {
	replaced 'hello world' 'hello WORLD' 776f726c64 '57 4F 52 4c 44'
	replaced 'x' 'y' 78 79
	replaced 'abab' 'abab' 6162 6162 --all
}

@test "?? is any byte in what is found, and a byte that stays in what replaces it" {
	replaced 'key=1;kez=2' 'KEy=1;kez=2' '6b 65 ?? 3d 31' '4b 45 ?? ?? ??'
	replaced 'key=1;kez=2' 'KEy=1;KEz=2' '6b65??3d' '4b45????' --all
	replaced 'abcd' 'abZd' '6162????' '????5a??'
	replaced 'abcd' 'Zbcd' '????6364' '5a??????'
}

@test "what is there several times is changed where --all or --nth says, and else not at all" {
	printf 'one two one two one' >f
	cp f want
	complains "mmpatch: f: '6f6e65' is there 3 times; --all or --nth says which" --find 6f6e65 --replace 4f4e45 f
	same want f
	does --find 6f6e65 --replace 4f4e45 --nth 2 f
	is 'one two ONE two one' f
	complains "mmpatch: f: '6f6e65' is not there as many times" --find 6f6e65 --replace 4f4e45 --nth 3 f
	does --find 6f6e65 --replace 4f4e45 --nth 1 f
	is 'ONE two ONE two one' f
	does --find 74 --replace 54 --all f
	is 'ONE Two ONE Two one' f
}

@test "behind the place that --nth wants nothing is looked at" {
	need_strace
	{ printf 'one two one two one' && fill x 400000; } >f
	strace -o log -e trace=pread64 "$bin/mmpatch" --find 6f6e65 --replace 4f4e45 --nth 2 f
	is 'one two ONE two one' <(head -c 19 f)
	lacks ', [1-9][0-9]{4,5}\) = [1-9][0-9]' log
}

@test "places that are found do not overlap" {
	replaced 'aaaaa' 'bbbba' 6161 6262 --all
	replaced 'abababa' 'xyzbxyz' 616261 78797a --all
	replaced 'aaaa' 'aabb' 6161 6262 --nth 2
}

@test "what is not there is told, and when its replacement is there it counts as done" {
	printf 'hello' >f
	complains "mmpatch: f: '77' is not there" --find 77 --replace 78 f
	complains "mmpatch: f: '77' is not there" --find 77 --replace 78 --all f
	fails 0 "mmpatch: f: '48' is not there, but its replacement is: taken as done" --find 48 --replace 68 f
	does --find '68 65' --replace '48 ??' f
	fails 0 "mmpatch: f: '68 65' is not there, but its replacement is: taken as done" --find '68 65' --replace '48 ??' f
	is Hello f
	: >e
	complains "mmpatch: e: '77' is not there" --find 77 --replace 78 e
}

@test "--range limits where is looked, and a match lies in it wholly" {
	local text='ab ab ab ab'
	replaced "$text" 'ab ab XY ab' 6162 5859 --range 6+2
	replaced "$text" 'ab ab ab XY' 6162 5859 --range -2
	replaced "$text" 'ab ab XY XY' 6162 5859 --range 5 --all
	replaced "$text" 'ab XY ab ab' 6162 5859 --range 1+6
	printf %s "$text" >f
	complains "mmpatch: f: '6162' is not there" --find 6162 --replace 5859 --range 1+3 f
	refuses "mmpatch: f: range 5+7 goes beyond the end at 11" --find 6162 --replace 5859 --range 5+7 f
	refuses "mmpatch: f: range 12 begins beyond the end" --find 6162 --replace 5859 --range 12 f
}

@test "patterns that are none are refused" {
	local pattern
	printf abc >f
	for pattern in '' 6 6g 616 '?' '61 ?' '0x61' '61,62'; do
		refuses "mmpatch: invalid pattern '$pattern' for '--find': hex digits in pairs, or ??$nl$hint" --find "$pattern" --replace 61 f
		refuses "mmpatch: invalid pattern '$pattern' for '--replace': hex digits in pairs, or ??$nl$hint" --find 61 --replace "$pattern" f
	done
	refuses "mmpatch: --replace has 1 bytes, and --find 2: none can be inserted or deleted$nl$hint" --find 6162 --replace 61 f
	refuses "mmpatch: --find has no byte that counts$nl$hint" --find '????' --replace 6161 f
	mkdir d
	refuses "mmpatch: d: Is a directory" --find 61 --replace 62 d
}

@test "a find shows itself in a dry run, and is undone" {
	printf 'serial=0001 serial=0002' >f
	cp f old
	tells '- 00000000  73 65 72 69 61 6c 3d 30  30 30 31 20 73 65 72 69  |serial=0001 seri|
+ 00000000  73 65 72 69 61 6c 3d 30  30 30 39 20 73 65 72 69  |serial=0009 seri|
- 00000010  61 6c 3d 30 30 30 32                              |al=0002|
+ 00000010  61 6c 3d 30 30 30 39                              |al=0009|' --dry-run --find '3d303030??' --replace '????????39' --all f
	same old f
	does --undo u --find '3d303030??' --replace '????????39' --all f
	is 'serial=0009 serial=0009' f
	does -f u f
	same old f
}

@test "a pattern is found across the edges of windows, wherever it lies" {
	local at n=0
	fill x 200000 >f
	for at in 0 1 4090 4093 4094 4095 4096 4097 65530 65533 65535 65536 131068 131071 131072 199991 199993; do
		printf 'needle!' | dd of=f bs=1 seek=$at conv=notrunc status=none
		does --find '6e 65 65 64 6c 65 ??' --replace '4e ?? ?? 44 ?? ?? 2e' f
		[ "$(dd if=f bs=1 skip=$at count=7 status=none)" = NeeDle. ]
		printf 'xxxxxxx' | dd of=f bs=1 seek=$at conv=notrunc status=none
		((++n))
	done
	[ "$(tr -d x <f | wc -c)" = 0 ]
}

@test "a pattern that is longer than a window is found" {
	local at
	pattern 60000 >p
	od -An -v -tx1 p | tr -d ' \n' >hex
	{ fill '?' 119998 && printf 58; } >keep
	for at in 1 3000 100000; do
		{ fill x $at && cat p && fill x 5000; } >f
		{ fill x $at && head -c 59999 p && printf X && fill x 5000; } >want
		does --find "$(cat hex)" --replace "$(cat keep)" f
		same want f
	done
}

@test "a needle in a file of 100 GiB of holes is found at once" {
	need_holes
	truncate -s 100G f || skip "no such large file here"
	printf needle | dd of=f bs=1 seek=77777777777 conv=notrunc status=none
	starts_in 100000
	(ulimit -v 100000 && does --find 6e6565646c65 --replace 4e6565646c65 f)
	[ "$(dd if=f bs=1 skip=77777777777 count=6 iflag=skip_bytes status=none)" = Needle ]
	# zeros in front of it lie in a hole
	printf needle | dd of=f bs=1 seek=88888890368 conv=notrunc status=none
	(ulimit -v 100000 && does --find 000000006e6565 --replace '00000000????45' f)
	[ "$(dd if=f bs=1 skip=88888890368 count=6 iflag=skip_bytes status=none)" = neEdle ]
	[ "$(stat -c %b f)" -lt 1000 ]
}

@test "many places are found and replaced in bounded memory" {
	yes 'ab-' | head -n 300000 >f
	yes 'aB-' | head -n 300000 >want
	starts_in 100000
	(ulimit -v 100000 && does --find 6162 --replace '??42' --all f)
	same want f
}

# --- beside a reference

# seeded SEED COUNT: that many random scripts, each put into effect by mmpatch and by python, twice, and undone
seeded() {
	need python3
	cat >seeded.py <<-'END'
		import os, random, subprocess, sys
		program, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
		rng = random.Random(seed)
		total = 0
		def hexed(b):
		    text = b.hex()
		    if rng.random() < .3:
		        text = ' '.join(text[i:i + 2] for i in range(0, len(text), 2))
		    return text.upper() if rng.random() < .3 else text
		def quoted(b):
		    out = '"'
		    for i, c in enumerate(b):
		        if c in (34, 92): out += '\\' + chr(c)
		        elif 32 <= c < 127 and rng.random() < .8: out += chr(c)
		        elif c == 10: out += '\\n'
		        elif rng.random() < .5: out += '\\x%02x' % c
		        else: out += '\\%03o' % c
		    return out + '"'
		def offset(n):
		    return rng.choice(['%d', '%#x', '%#X'])  % n if n % 1024 or rng.random() < .5 else '%dK' % (n // 1024)
		def value(b, at_end):
		    kinds = ['hex', 'hex', 'text']
		    if at_end: kinds.append('file')
		    kind = rng.choice(kinds)
		    if kind == 'hex': return hexed(b)
		    if kind == 'text': return quoted(b)
		    name = 'part%d' % rng.randrange(8)
		    if os.path.exists(name) and open(name, 'rb').read() != b: name += '.%d' % total
		    open(name, 'wb').write(b)
		    return '@' + name
		def run(*args, want=0):
		    p = subprocess.run([program] + list(args), capture_output=True)
		    assert p.returncode == want, (seed, args, p.returncode, p.stdout[:500], p.stderr[:500])
		    return p
		for turn in range(count):
		    size = rng.choice([1, 17, 4096, 5000, 70000, 140000])
		    old = bytearray(rng.randbytes(size) if rng.random() < .7 else bytes(size))
		    new = bytearray(old)
		    extend = rng.random() < .3
		    room = size + (rng.randrange(1, 10000) if extend else 0)
		    places, lines = [], []
		    at = 0
		    while at < room and len(places) < 60:
		        at += rng.choice([0, 0, 1, 3, rng.randrange(1 + room // 8)])
		        n = rng.choice([1, 1, 2, 4, 8, 16, rng.randrange(1, 2 + room // 16)])
		        if at + n > room: break
		        places.append((at, n))
		        at += n
		    for at, n in places:
		        if n > 2000 or rng.random() < .1:
		            b = bytes([rng.randrange(256)]) * n
		            after = 'fill %d' % b[0]
		            place = '%s+%s' % (offset(at), offset(n))
		        elif n in (1, 2, 4, 8) and rng.random() < .4:
		            b = rng.randbytes(n)
		            big = rng.random() < .5
		            number = int.from_bytes(b, 'big' if big else 'little')
		            place = '%s:%d%s' % (offset(at), n * 8, 'be' if big else rng.choice(['', 'le']))
		            after = rng.choice(['%d', '%#x']) % number
		        else:
		            b = rng.randbytes(n)
		            place = offset(at)
		            after = None
		        cond = at + n <= size and n < 3000 and rng.random() < .5
		        line = place
		        if cond:
		            o = bytes(old[at:at + n])
		            if after is not None and not after.startswith('fill'):
		                o = '%d' % int.from_bytes(o, 'big' if big else 'little')
		            else:
		                o = hexed(o) if rng.random() < .7 else quoted(o)
		            line += rng.choice([': ', ':', ' : ']) + o + rng.choice([' -> ', '->', ' ~> '])
		        else:
		            line += rng.choice(['=', ' = '])
		        if after is None:
		            after = value(b, True)
		        line += after
		        if '@' not in after: line += rng.choice(['', ' ', ' # x', '\t#'])
		        lines.append(line)
		        if at + n > len(new): new += bytes(at + n - len(new))
		        new[at:at + n] = b
		        total += 1
		    rng.shuffle(lines)
		    open('f', 'wb').write(old)
		    open('s', 'w', encoding='latin-1').write('\n'.join(lines) + '\n')
		    if os.path.exists('u'): os.remove('u')
		    extra = ['--extend'] if extend else []
		    run('--no-sync', '--undo', 'u', '-f', 's', 'f', *extra)
		    got = open('f', 'rb').read()
		    assert got == new, (seed, turn, 'differs')
		    run('--no-sync', '-f', 's', 'f', *extra)
		    assert open('f', 'rb').read() == new, (seed, turn, 'twice')
		    if os.path.exists('u'):
		        # torn in any place the undo still holds
		        if rng.random() < .5:
		            torn = bytearray(new)
		            for at, n in places:
		                for i in range(at, min(at + n, size)):
		                    if rng.random() < .5: torn[i] = old[i]
		            torn = torn[:rng.randrange(size, len(new) + 1)]
		            open('f', 'wb').write(torn)
		        run('--no-sync', '-f', 'u', 'f')
		    assert open('f', 'rb').read() == old, (seed, turn, 'undo')
		print(total)
	END
	python3 seeded.py "$bin/mmpatch" "$1" "$2" >total
	[ "$(cat total)" -gt $(($2 * 5)) ]
}

@test "random scripts give what a plain reference gives, twice, and their undo is the identity" {
	seeded 1 "$(share 60)"
	seeded 2 "$(share 60)"
}

@test "random patterns are found where a plain reference finds them" {
	need python3
	cat >finds.py <<-'END'
		import random, re, subprocess, sys
		program, count = sys.argv[1], int(sys.argv[2])
		rng = random.Random(7)
		for turn in range(count):
		    letters = rng.choice([2, 3, 20, 256])
		    size = rng.choice([0, 1, 50, 5000, 70000])
		    old = bytes(rng.randrange(letters) for _ in range(size))
		    n = rng.randrange(1, 9)
		    find = [rng.randrange(letters) if rng.random() < .8 else None for _ in range(n)]
		    find[rng.randrange(n)] = rng.randrange(letters)
		    put = [rng.randrange(letters) if rng.random() < .6 else None for _ in range(n)]
		    start = rng.randrange(size + 1)
		    length = rng.randrange(size - start + 1)
		    if rng.random() < .3: start, length = 0, size
		    pattern = re.compile(b''.join(b'.' if c is None else re.escape(bytes([c])) for c in find), re.S)
		    hits = [m.start() for m in pattern.finditer(old, start, start + length)]
		    nth = rng.randrange(1, 4)
		    how = rng.choice(['all', 'nth', 'one'])
		    new = bytearray(old)
		    def change(at):
		        for i, c in enumerate(put):
		            if c is not None: new[at + i] = c
		    if how == 'all':
		        for at in hits: change(at)
		    elif how == 'nth':
		        if len(hits) >= nth: change(hits[nth - 1])
		    else:
		        todo = [at for at in hits if any(c is not None and old[at + i] != c for i, c in enumerate(put))]
		        if len(todo) == 1: change(todo[0])
		    open('f', 'wb').write(old)
		    text = lambda p: ''.join('??' if c is None else '%02x' % c for c in p)
		    args = [program, '--no-sync', '--find', text(find), '--replace', text(put), '--range', '%d+%d' % (start, length), 'f']
		    args += {'all': ['--all'], 'nth': ['--nth', str(nth)], 'one': []}[how]
		    p = subprocess.run(args, capture_output=True)
		    assert open('f', 'rb').read() == new, (turn, args)
		    if new != old: assert p.returncode == 0 and not p.stderr, (turn, args, p)
		    if how == 'nth' and len(hits) < nth: assert p.returncode == 1, (turn, args, p)
		    if how == 'one' and hits and len(todo) > 1: assert p.returncode == 1, (turn, args, p)
		    assert p.returncode in (0, 1), (turn, args, p)
	END
	python3 finds.py "$bin/mmpatch" "$(share 150)"
}

@test "what a replacement makes with its neighbours is found by the next run, as the manual says" {
	printf 'aab' >f
	does --find 6162 --replace 6263 --all f
	is abc f
	does --find 6162 --replace 6263 --all f
	is bcc f
}
