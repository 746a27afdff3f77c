# Read by tools/springtail, tools/demo and tools/test (POSIX sh).

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# Where nothing can be kept at home, the checkout holds what a build needs: nobody else's files.
[ -w "${HOME:-}" ] || export DOTNET_CLI_HOME="$root/tools/Springtail.Peer/obj/home"

# build_when_needed PROJECT_FOLDER PROGRAM: quick when the program is newer than all that it is made of.
build_when_needed() {
    need_dotnet
    if up_to_date "$1" "$2"; then
        return
    fi

    # Two at once would write the same files.
    mkdir -p "$1/obj"
    (
        if command -v flock >/dev/null; then
            flock 9
        fi
        if ! up_to_date "$1" "$2"; then
            build "$1"
            sources "$1" >"$2.built"
        fi
    ) 9>"$1/obj/build.lock"
}

# A file that is newer gets a line more than the list had. The comparison may end before the list does.
up_to_date() {
    [ -f "$2" ] && [ -f "$2.built" ] && sources "$1" \( ! -newer "$2.built" -o -exec echo newer {} \; \) 2>/dev/null | cmp -s - "$2.built"
}

# Files alone, whose list is compared too: the time of a folder changes with whatever else is built in it.
sources() {
    project=$1
    shift
    find "$root/firmware/Springtail" "$root/tools/Springtail.Host" "$root/tools/Springtail.Hosting" "$root/tools/Springtail.Words" "$root/tools/Springtail.Demo" "$root/tools/Springtail.Peer/Bench" "$project" "$root/tests/Springtail.Support" "$root/tests/Springtail.NativeCore" \
        "$root/native-interop/src" "$root/native-interop/include" \
        "$root/native-interop/CMakeLists.txt" "$root/native-interop/sources.cmake" "$root/Directory.Build.props" "$root/tools/package.targets" \
        \( -name bin -o -name obj \) -prune -o -type f "$@" -print
}

# What the compiler says is shown only when it fails.
build() {
    log=$(mktemp)
    echo "Building $(basename "$1") ..." >&2
    if ! dotnet build "$1" -c Release -nologo -v quiet -nodeReuse:false -p:UseSharedCompilation=false >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        echo "error: $(basename "$1") did not build; the reason stands above." >&2
        exit 1
    fi
    rm -f "$log"
}

need_dotnet() {
    if ! command -v dotnet >/dev/null; then
        echo "error: the .NET SDK 10 is needed: https://dotnet.microsoft.com/download" >&2
        exit 1
    fi
}
