# Every applet in many of its ways, with each of its calls to the system failing in turn (calls.c): without memory, with an
# error, interrupted; and what its files are opened with.

# $bin comes from the helper; words are split on purpose.
# shellcheck disable=SC2030,SC2031,SC2034,SC2086,SC2154
bats_require_minimum_version 1.5.0
load ../helper
load rig

# In the folder "now": a command a line. A ~ before it: what it prints is another each time, or may lack what is not known. A !:
# it changes the files there, which are those of "was" before each run. Behind < its input.
ways=$(cat <<'END'
mmcat text
mmcat -n text
mmcat -A <text
mmcat --io=read text short
mmcat --range=5+100 text
mmcmp text other
mmcmp --hex -C2 text other
mmcmp --script text other
cmp -l text other
mmhex short
mmhex -w 7 text
hexdump -C short
hexdump -f format short
od -t x1z -A d short
xxd -i short
xxd -p short
!xxd -r dump new
!mmhex --revert dump new
mmstrings -e s,l text
strings -td -d text short
strings -Ux text
!mmcp text new
!mmcp -p text new
!mmcp -a short new
!mmcp --atomic --sync text other
!mmcp -b text other
!mmcp --backup=numbered text other
!mmcp --changed text other
!mmcp --changed --verify text other
!mmcp -al short new
!mmcp -s short new
!mmcp -a ../tree new
!mmpatch short 0=41
!mmpatch --undo u short 0=41 size=3
!mmpatch --find 61 --replace 62 short
mmpatch --dry-run short 1=42
!mmpatch text 0=@short
!mmpatch -f script short
~mmmap 1
~mmmap --rank
~pmap -x 1
~mmtouch --json short
~mmtouch -t text short
~mmtouch --save - text
~fincore -J short
~vmtouch -q -t text
~mmtouch --restore ranges
~mmring write ring <short
mmring read ring
mmring check ring
~mmring stat ring
~mmring resize ring 64K
~mmring run ring echo hello
!mmshm create --mode=600 ./new 4K
!mmshm write ./text 1 <short
mmshm read ./short
!mmshm add ./text 8 1
mmshm get ./text 8
~mmshm run --size=4K echo hi
~mmshm lock ./short echo hi
mmdev -f text 0
!mmdev -f text 0 w 1
mmdev --regs=regs -f text B.R
mmdev -f text 0+16 --save /dev/null
!mmdev -f text --from short 0
~mmmap --diff before 1
!mmshm create --from=short ./new 4K
~mmtouch -q -b list
~mmtouch --top 2 .
~mmtouch -v text
~mmtouch --save=new text
~fincore -J --output-all text
~vmtouch -p 0-4k text
~mmtouch --learn=new --below=. -- cat short
~mmmap --draw 1
~pmap -XX 1
mmcmp --json text other
mmcmp --ranges text other
cmp -n 100 -i 1:2 text other
cmp text - <other
mmhex --words=32 --range=8+100 text
mmhex --color=always short
xxd -e -c 8 text
od -c -j 8 -N 20 text
hexdump -s 10 -n 40 -v text
mmstrings --unicode=show text
!mmcp --sparse=always text new
!mmcp --sparse=never --io=map text new
!mmcp --range=5+100 text new
!mmcp -u text other
!mmcp --parents ./short ../tree/folder
!mmcp --no-cache text new
!mmcp --attributes-only -p text other
!mmcp --remove-destination text other
!mmcp - new <text
!mmcp --io=map text -T new
!mmpatch --extend short 5=41
!mmpatch --on-mismatch=skip short 0:41->42
!mmshm copy ./text ./new
!mmshm fill ./text 0
!mmshm resize ./text 100
!mmshm remove ./short
mmshm hex ./short
~mmshm stat ./short
!mmshm set ./text 8 5
~mmring run --tag=t --sync=1 ring echo hello
mmring read --match=two --number ring
~mmring read --json ring
END
)

setup() {
	begin_ours
	mkdir was now tree
	head -c 9000 "$top/README.md" >was/text
	{ printf X && tail -c +2 was/text; } >was/other
	printf 'abc\n' >was/short
	printf '1/1 "%%02x"\n' >was/format
	printf '00000000  61 62 63 64                                       |abcd|\n' >was/dump
	printf '0=41\n2=@text\n' | head -n 1 >was/script
	printf 'text\n\t0+4096\n' >was/ranges
	printf 'block B 0\nreg R 0 32\n' >was/regs
	printf '1000-3000 rw-p 00000000 00:00 0 /x\nRss: 4 kB\n' >was/before
	echo text >was/list
	mm mmring create was/ring 16K
	printf 'one\ntwo\n' | mm mmring write was/ring
	mkdir tree/folder
	cp was/short tree/folder
	ln -s short tree/folder/link
	ln tree/folder/short tree/again
}

# each_call KIND: no way to use an applet that is not marked with a character of $but goes wrong when one of its calls does
each_call() {
	local line how input name wrong=0
	need cc
	cc -shared -fPIC "$rigs/calls.c" -o calls.so -ldl 2>said || skip "calls.c cannot be compiled here: $(head -n 1 said)"
	# of none nothing is said, unless it goes on as if it were alone
	(cd now && CALLS='none same /dev/null' LD_PRELOAD=../calls.so "$bin/mmcat" text) >said 2>&1 || true
	[ ! -s said ] || skip "nothing can be loaded into this build"
	while IFS= read -r line; do
		how=same
		input=/dev/null
		case $line in '!'*) how=changes ;; '~'*) how=other ;; esac
		line=${line#[~!]}
		case $line in *' <'*) input=${line##* <} ;; esac
		line=${line% <*}
		name=${line%% *}
		(cd now && CALLS="$1 $how $input" LD_PRELOAD=../calls.so "$bin/$name" ${line#* }) >said 2>&1 || { wrong=1 && echo "$how $line" && cat said; }
	done <<<"$ways"
	return $wrong
}

@test "where there is no memory, whenever that is, every applet does what it should or says that it did not" {
	each_call memory
}

@test "where any call fails, every applet does what it should or says that it did not" {
	each_call error
}

@test "where a call is interrupted, every applet does what it should" {
	# mmpatch catches no signal, and all processes are many
	ways=$(grep -v "mmpatch\|--rank" <<<"$ways")
	each_call interrupted
}

@test "what a system or a file system lacks, every applet does without" {
	# some are there to map or to make durable, and all processes are many
	ways=$(grep -v "mmdev\|mmshm .* ./text\|--sync\|--rank" <<<"$ways")
	each_call lacking
}

@test "no command inherits a file that an applet has opened, and no terminal becomes its own" {
	local line input
	need_strace
	while IFS= read -r line; do
		line=${line#[~!]}
		input=/dev/null
		case $line in *' <'*) input=now/${line##* <} ;; esac
		line=${line% <*}
		echo "rm -rf now/*; cp -p was/* now; (cd now && exec '$bin/${line%% *}' ${line#* }) <$input"
	done <<<"$(grep -v -e --rank <<<"$ways")" >all
	strace -f -o log -e trace=execve,open,openat bash all >said 2>&1 || true
	# of the processes that became one of ours, and not of what these run; what a sanitizer opens it does by an absolute path
	awk -v bin="$bin/" '
		/execve\(.*= 0$/ { ours[$1] = index($0, "execve(\"" bin) > 0 }
		ours[$1] && / open(at)?\(/ && !/"\/proc\/self\/|"\/sys\// { print }' log >opened
	[ "$(wc -l <opened)" -gt 100 ]
	only '.*O_CLOEXEC.*' opened
	# by a name that was given, and what is opened to be read or written, not looked at
	grep -E '"(\./|now/)?(text|other|short|new|u|ring|ranges|regs|dump|script|format|before|list)[^"/]*"' opened | grep -v 'O_PATH\|O_DIRECTORY' >named
	[ "$(wc -l <named)" -gt 60 ]
	only '.*(O_NOCTTY|O_EXCL).*' named
}

@test "a fifo at whose other end nobody is holds up no applet that wants a file" {
	local line got
	cd was
	while IFS= read -r line; do
		rm -f fifo
		mkfifo fifo
		got=0
		timeout 20 "$bin/${line%% *}" ${line#* } >../out 2>../err </dev/null || got=$?
		[ "$got" = 1 ] || [ "$got" = 2 ] || { echo "$line: status $got" && false; }
		[ -s ../err ] || has '^not running$' ../out || { echo "$line: says nothing" && false; }
		[ -p fifo ]
	done <<-'END'
		mmdev -f fifo 0
		mmdev -f fifo 0 w 1
		mmshm create --from=fifo ./new
		mmshm run --from=fifo true
		mmshm read ./fifo
		mmshm write ./fifo
		mmshm stat ./fifo
		mmring read fifo
		mmring check fifo
		mmring write fifo
		mmring run fifo true
		mmring resize fifo 64K
		mmtouch -t fifo
		mmtouch --status -P fifo
		mmtouch -l -P fifo text
		fincore fifo
		mmpatch fifo 0=41
		mmpatch --undo fifo short 0=41
		mmcp --changed text fifo
		mmcp --atomic text fifo
	END
}
