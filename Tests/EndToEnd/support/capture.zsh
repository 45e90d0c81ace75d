# capture.zsh LINE: what zsh's completion would add at the end of LINE, a match a line. The shell runs in a terminal of its own;
# compadd tells its matches before it takes them.
zmodload zsh/zpty
zpty z zsh -f -i
() {
    zpty -w z source $1
    local line
    while zpty -r z line; do [[ $line == ok* ]] && return; done
} =(<<< '
PROMPT=
autoload compinit
compinit -u -d $TMPDIR/zcompdump
source ./completion.zsh
bindkey ^M undefined
bindkey ^J undefined
bindkey ^I complete-word
mark() { echo -E - $'"'"'\0'"'"' }
compprefuncs=(mark)
comppostfuncs=(mark exit)
zstyle ":completion:*" insert-tab false
compadd() {
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return $?; fi
    local -a hits
    builtin compadd -A hits "$@"
    local hit
    for hit in $hits; do echo -E - $hit; done
    builtin compadd "$@"
}
echo ok')
zpty -w z "$1"$'\t'
integer marks=0
while zpty -r z; do :; done | while IFS= read -r line; do
    if [[ $line == *$'\0\r' ]]; then
        (( marks++ )) && break
    elif (( marks )); then
        echo -E - ${line%$'\r'}
    fi
done
