# shellcheck shell=bash
# Installs what is missing on Debian and Ubuntu. Asks nothing, changes nothing that is there, and costs a few
# milliseconds when nothing is missing. Sourced after say.sh, with the project's folder in `root`.

: "${root:?}"

# The Rust the workspace asks for.
RUST_NEEDED=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml")
readonly RUST_NEEDED
# Developers' tools: the version .deny.toml was written with, and the one the API test was.
readonly CARGO_DENY_VERSION='^0.20'
readonly SCHEMATHESIS=4.32.5 OPENDP=0.16.0
# The Node.js that Vite 8 runs on (web-ui/package.json), and what is fetched where the system's is older.
readonly NODE_NEEDED=20.19.0 NODE_FETCHED=20.20.2

# have COMMAND
have() { command -v "$1" >/dev/null 2>&1; }

# as_root COMMAND…: runs it as root, or says what a person with the right has to run.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        fail "this needs root, and there is no sudo" "Ask an administrator to run: $*"
    fi
}

# apt_install PACKAGE…
apt_install() {
    have apt-get || fail "missing: $*" "This is no Debian or Ubuntu: install these with the system's own tools, then try again."
    step "apt-get install $*"
    as_root apt-get update -qq >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

# Collects the packages of everything that is not there, so that apt runs once.
need_packages() {
    local missing=()
    # zstd and SQLite are compiled in, so a C compiler is needed beside Rust.
    have cc || missing+=(build-essential)
    have dig || missing+=(bind9-dnsutils)
    have python3 || missing+=(python3)
    have git || missing+=(git)
    # Nets in namespaces, for the tests of who is on which wire.
    have ip || missing+=(iproute2)
    have nsenter || missing+=(util-linux)
    # cargo fetches over TLS.
    [ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
    [ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}"
}

# The clients that scripts/test lets ask the box. Chromium is a package on Debian only; its test says so where there is none.
need_clients() {
    local missing=()
    have kdig || missing+=(knot-dnsutils)
    have curl || missing+=(curl)
    have openssl || missing+=(openssl)
    have ssh || missing+=(openssh-client)
    # The firewall's tests; a user's path need not lead to /usr/sbin.
    [ -x /usr/sbin/nft ] || missing+=(nftables)
    # Who gives addresses, and a device that asks for one.
    [ -x /usr/sbin/dnsmasq ] || missing+=(dnsmasq-base)
    have busybox || missing+=(busybox)
    # The hub's second database; the tests start one of their own, the system's stays as it is.
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
    [ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}"
    have chromium || ! grep -qx ID=debian /etc/os-release || (apt_install chromium) ||
        echo "Chromium could not be installed: the box is not tried with a browser" >&2
}

# need_pypi PACKAGE VERSION: from PyPI, in a folder of its own below target/. Prints the folder.
need_pypi() {
    local folder=$root/target/$1-$2
    # Its programs name their own folder, and run nowhere else.
    if ! "$folder/bin/pip" show --quiet "$1" >/dev/null 2>&1; then
        rm -rf "$folder"
        python3 -c 'import ensurepip' 2>/dev/null || apt_install python3-venv
        step "pip install $1 $2"
        python3 -m venv "$folder" >&2
        "$folder/bin/pip" install --quiet --disable-pip-version-check "$1==$2" >&2
    fi
    printf '%s' "$folder"
}

# Asks an API what its OpenAPI file allows. Prints its path.
need_schemathesis() { printf '%s/bin/schemathesis' "$(need_pypi schemathesis "$SCHEMATHESIS")"; }

# Prints the path of a Python that has OpenDP: a peer for the noise of the statistics.
need_opendp() { printf '%s/bin/python3' "$(need_pypi opendp "$OPENDP")"; }

# at_least WANTED GIVEN
at_least() { printf '%s\n%s\n' "$1" "$2" | sort --check=quiet --version-sort; }

# The version of the cargo that would run here; empty without one.
rust_version() { cargo --version 2>/dev/null | cut -d' ' -f2 || true; }

has_rust() {
    local version
    version=$(rust_version)
    [ -n "$version" ] && at_least "$RUST_NEEDED" "$version"
}

# rustup's own installer, for systems without a package of it (Debian 12, Ubuntu 22.04).
install_rustup() {
    if [ -n "$(apt-cache --quiet=2 show rustup 2>/dev/null)" ]; then
        apt_install rustup
        return
    fi
    have curl || apt_install curl
    step "installing rustup from rustup.rs (this system has no package of it)"
    curl --proto '=https' --tlsv1.2 --silent --show-error --fail https://sh.rustup.rs |
        sh -s -- -y --quiet --no-modify-path --profile minimal --default-toolchain none >&2
}

need_rust() {
    PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    has_rust && return
    step "Rust ${RUST_NEEDED} is needed, found: $(rust_version | grep . || echo none)"
    have rustup || install_rustup || true
    if have rustup; then
        # Beside whatever the person uses: their default stays as it is.
        rustup toolchain install "$RUST_NEEDED" --profile minimal -c clippy -c rustfmt >&2 || true
        export RUSTUP_TOOLCHAIN=$RUST_NEEDED
    fi
    has_rust || fail "Rust ${RUST_NEEDED} or newer could not be installed" \
        "Install it as https://rustup.rs says, open a new shell, then try again."
}

# rustfmt and clippy, which a minimal Rust comes without.
need_components() {
    cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 && return
    have rustup || fail "rustfmt or clippy is missing" "Install both for the Rust at $(command -v cargo), then try again."
    rustup component add rustfmt clippy >&2
}

# need_tool COMMAND VERSION: a cargo tool, compiled once and kept in ~/.cargo/bin.
need_tool() {
    have "$1" && return
    step "compiling $1 (once; some minutes)"
    CARGO_TARGET_DIR="$root/target/tools" cargo install --locked --quiet --version "$2" "$1" >&2
}

need_cargo_deny() { need_tool cargo-deny "$CARGO_DENY_VERSION"; }

has_node() { have npm && have node && at_least "$NODE_NEEDED" "$(node --version | tr -d v)"; }

# Node.js and npm for the web UI: the system's where it is new enough, else nodejs.org's own, kept in target/tools.
need_node() {
    local machine folder=$root/target/tools/node
    PATH="$folder/bin:$PATH"
    has_node && return
    if [ -n "$(apt-cache --quiet=2 show npm 2>/dev/null)" ] &&
        at_least "$NODE_NEEDED" "$(apt-cache policy nodejs | sed -n 's/^ *Candidate: \([0-9.]*\).*/\1/p' | grep . || echo 0)"; then
        apt_install nodejs npm
        has_node && return
    fi
    case "$(uname -m)" in
        x86_64) machine=x64 ;;
        aarch64) machine=arm64 ;;
        *) fail "Node.js $NODE_NEEDED or newer is needed for the web UI" "Install it with npm, then try again." ;;
    esac
    have curl || apt_install curl
    have xz || apt_install xz-utils
    step "fetching Node.js $NODE_FETCHED from nodejs.org"
    fetch_node "https://nodejs.org/dist/v$NODE_FETCHED" "node-v$NODE_FETCHED-linux-$machine.tar.xz" "$folder"
    has_node || fail "Node.js $NODE_NEEDED or newer could not be installed" "Install it with npm, then try again."
}

# fetch_node ADDRESS FILE FOLDER: what was fetched is compared with the list of sums beside it before it is unpacked.
fetch_node() {
    local kept=$root/target/tools
    mkdir -p "$kept"
    (cd "$kept" &&
        curl --proto '=https' --tlsv1.2 --silent --show-error --fail --remote-name "$1/$2" &&
        curl --proto '=https' --tlsv1.2 --silent --show-error --fail "$1/SHASUMS256.txt" | grep " $2\$" | sha256sum --check --quiet &&
        rm -rf "$3" && mkdir "$3" && tar -xJf "$2" -C "$3" --strip-components=1 && rm "$2")
}

# A Chromium that the pages are tried in. It is a package on Debian only.
need_chromium() {
    have chromium || have google-chrome && return
    grep -qx ID=debian /etc/os-release && apt_install chromium
}

# What every script needs.
setup() {
    need_packages
    need_rust
}
