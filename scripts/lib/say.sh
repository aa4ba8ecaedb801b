# shellcheck shell=bash
# Talking to the person at the terminal: in Vietnamese where the locale says so, else in English, as `lachan` does.

# Whether the locale asks for Vietnamese.
is_vietnamese() {
    case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in
        vi*) return 0 ;;
        *) return 1 ;;
    esac
}

# say VIETNAMESE ENGLISH
say() {
    if is_vietnamese; then printf '%s\n' "$1"; else printf '%s\n' "$2"; fi
}

# step TEXT: what a script is about to do, for developers; on stderr, so that results stay alone on stdout.
step() {
    printf '== %s\n' "$*" >&2
}

# fail TEXT [REMEDY]: ends the script.
fail() {
    printf 'error: %s\n' "$1" >&2
    if [ $# -gt 1 ]; then printf '%s\n' "$2" | sed 's/^/       /' >&2; fi
    exit 1
}
