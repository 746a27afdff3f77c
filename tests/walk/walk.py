"""A newcomer's walk (see run). PLAN says of every command that the READMEs print how it is run here, or why it is not: a command without a line in PLAN is a
failure, and so is a line of PLAN that nothing prints."""

import os
import pathlib
import queue
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FULL = "--full" in sys.argv or os.environ.get("SPRINGTAIL_FULL") == "--full"
WINDOWS = os.name == "nt"
PATIENCE = 90 if not FULL else 600

# What a newcomer's machine has; no compiler is among it.
PROGRAMS = "dotnet git sh bash env cat cp cmp grep sed awk tr head tail cut sleep mkdir rmdir rm mv ls ln find sort mktemp dirname basename readlink uname date kill id wc tee \
    timeout flock chmod touch true false expr printf stat tar ip nsenter unshare nft ldd xargs getconf".split()
COMPILERS = ["cc", "gcc", "clang", "cl", "c99", "cmake", "make", "ld"]

DOCUMENTS = ["README.md", "firmware/Springtail.Device/README.md", "tools/Springtail.Peer/README.md", "tools/Springtail.Host/README.md", "tools/Springtail.Gateway/README.md",
             "tools/wireshark/README.md"]
COMMAND = re.compile(r"^ {4,}((?:sudo |tools/|[A-Z]+=\S+ tools/)?(?:springtail|dotnet|nanoff|ufw|nft|tar|tshark|tcpdump|git)\b.*|New-NetFirewallRule.*)$", re.M)

# How a command is run. "run": to its end, and its exit code is 0. "serve": it stays, and the text after the colon is what it prints when it is ready. "talk": a line
# goes in and comes back. Anything else says why it is not run here.
ELSEWHERE = "tests of the command run it"
BOARD = "needs a board"
ROOTED = "changes the firewall of the machine"
LONG = "takes minutes"
PLAN = [
    # In the order in which they are run.
    ("dotnet pack tools/Springtail.Peer -o packages", "pack"),
    ("dotnet pack tools/Springtail.Host -o packages", "pack"),
    ("dotnet pack tools/Springtail.Gateway -o packages", "pack gateway"),
    ("dotnet tool install --global Springtail.Peer --prerelease --source packages", "install"),
    ("dotnet tool install --global Springtail.Gateway --prerelease --source packages", "install gateway"),
    ("springtail keygen psk", "run"),
    ("springtail ports --psk-file psk", "run"),
    ("springtail provision board --board esp32c3 --psk-file psk --serial-port /dev/ttyUSB0 --wifi \"my network\" --wifi-password-file password", "run again"),
    ("springtail provision board --board esp32c3 --psk-file psk", "run again"),
    ("springtail flash --board esp32c3 --firmware", "run"),
    ("springtail vectors tests/vectors/vectors.json", "run"),
    ("springtail completion bash", "run"),
    ("springtail listen --psk-file psk --echo", "serve: Waiting|ready"),
    ("springtail connect HOST --psk-file psk", "talk"),
    ("springtail listen --psk-file psk --state state", ELSEWHERE),
    ("dotnet run --project tools/samples/minimal HOST psk \"21.5 degrees\"", "program"),
    ("springtail listen --pair --echo", "pair: connect"),
    ("springtail connect HOST --token WORD-WORD", "talk"),
    ("springtail listen --pair --save-psk psk", "pair in far"),
    ("springtail connect HOST --token WORD-WORD --save-psk psk", "run in near"),
    ("springtail send photos notes.txt", "send"),
    ("springtail receive HOST WORD-WORD --into folder", "run"),
    ("springtail receive WORD-WORD --into folder", ELSEWHERE),
    ("springtail listen --psk-dir keys --discovery", "serve: Waiting|ready"),
    ("springtail discover HOST --psk-dir keys", "run"),
    ("springtail connect HOST --psk-dir keys", "talk without echo"),
    ("springtail listen --psk-dir keys --pair --name boiler", ELSEWHERE),
    ("tar c photos | springtail send -", ELSEWHERE),
    ("springtail receive HOST WORD-WORD --into - | tar x", ELSEWHERE),
    ("springtail fuzzy --noise 15", "run long"),
    ("springtail bench", "run long"),
    ("springtail bench --transfer", LONG),
    ("springtail bench --gateway", LONG),
    ("springtail bench --gateway --devices 10000 --seconds 60", LONG),
    ("springtail gateway", "gateway"),
    ("springtail enroll boiler", "run gateway"),
    ("springtail load --keys springtail-gateway/keys", "load"),
    ("springtail load --keys springtail-gateway/keys --devices 100 --every 10", ELSEWHERE),
    ("springtail gateway --broker mqtts://broker.example --user gateway --password-file password --ca ca.pem", "needs a broker with certificates; tests of the gateway have one"),
    ("springtail explain trouble.pcap --key-log keys.log", ELSEWHERE),
    ("tools/springtail listen --psk-file psk --key-log keys.log", ELSEWHERE),
    ("SPRINGTAILKEYLOG=keys.log tools/springtail connect HOST --psk-file psk", ELSEWHERE),
    ("tools/springtail explain trouble.pcap --key-log keys.log", ELSEWHERE),
    ("tcpdump -i any -w trouble.pcap udp", "captures until it is stopped"),
    ("tshark -X lua_script:tools/wireshark/springtail.lua -o springtail.key_log:keys.log -o udp.try_heuristic_first:TRUE -r trouble.pcap -Y springtail", "tests of the dissector run it"),
    ("dotnet add package Springtail --prerelease", "takes nuget.org; the program above is built against the package"),
    ("dotnet nuget add source FULL-PATH/packages --name springtail --configfile ~/.nuget/NuGet/NuGet.Config", "config"),
    ("sudo ufw allow 24576:25599/udp", ROOTED),
    ("sudo ufw allow 1025:1026/udp", ROOTED),
    ("sudo nft add rule inet filter input udp dport '{ 1025, 1026, 24576-25599 }' accept", "nft"),
    ("New-NetFirewallRule -DisplayName Springtail -Direction Inbound -Protocol UDP -LocalPort 1025,1026,24576-25599 -Action Allow", ROOTED),
    ("dotnet tool install -g nanoff", BOARD),
    ("dotnet build firmware/Springtail.Device -c Release -p:NanoPackages=true", "the workflow's job nano builds it"),
    ("nanoff --target ESP32_C3 --serialport /dev/ttyUSB0 --update --fwversion 1.17.0.30 --masserase", BOARD),
    ("nanoff --nanodevice --serialport /dev/ttyUSB0 --devicedetails", BOARD),
    ("nanoff --target ESP32_C3 --serialport /dev/ttyUSB0 --deploy --image firmware/Springtail.Device/bin/packages/Release/netnano1.0/Springtail.Device.bin", BOARD),
    ("nanoff --filedeployment board/files.json --networkdeployment board/network.json", BOARD),
]


class Failure(Exception):
    pass


class Program:
    """A command that stays, with all that it printed."""

    def __init__(self, line, folder, environment):
        self.line = line
        self.text = ""
        self._process = subprocess.Popen(words(line), cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                         creationflags=subprocess.CREATE_NEW_PROCESS_GROUP if WINDOWS else 0)
        self._pieces = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while piece := self._process.stdout.read1(65536):
            self._pieces.put(piece.decode(errors="replace"))
        self._pieces.put(None)

    def until(self, pattern, seconds=PATIENCE):
        """Waits until what it printed has the pattern in it; returns the match."""
        end = time.monotonic() + seconds
        while not (match := re.search(pattern, self.text)):
            try:
                piece = self._pieces.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise Failure(f"{self.line}: no \"{pattern}\" in {seconds} s:\n{self.text}") from None
            if piece is None:
                raise Failure(f"{self.line}: ended without \"{pattern}\":\n{self.text}")
            self.text += piece
        return match

    def say(self, line):
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def finish(self):
        """No more input; it is to end by itself with 0."""
        self._process.stdin.close()
        self.wait()

    def wait(self):
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.line}: did not end:\n{self.text}") from None
        if code != 0:
            time.sleep(0.2)
            while not self._pieces.empty():
                self.text += self._pieces.get() or ""
            raise Failure(f"{self.line}: ended with {code}:\n{self.text}")

    def stop(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.CTRL_BREAK_EVENT if WINDOWS else signal.SIGINT)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def words(line):
    return INSIDE + [shutil.which(w, path=PATH) or w if i == 0 else w for i, w in enumerate(shlex.split(line))]


class Walk:
    def __init__(self, work):
        self.work = work
        self.passed = self.failed = self.skipped = 0
        self.done = set()
        self.servers = []
        self.token = None
        self.packages = work / "packages"
        # In the full form a clone's folder, with its own build; in the short one the checkout, as nf.sln's build has left it.
        self.checkout = work / "clone" if FULL else ROOT
        self.near, self.far = work / "near", work / "far"
        for folder in (self.packages, self.near, self.far, self.near / "photos", self.near / "keys"):
            folder.mkdir(parents=True)
        (self.near / "photos" / "1.jpg").write_bytes(os.urandom(200000))
        (self.near / "notes.txt").write_text("notes\n")
        (self.near / "password").write_text("secret of the network\n")
        os.chmod(self.near / "password", 0o600)
        self.environment = dict(os.environ, PATH=PATH, DOTNET_CLI_HOME=str(work / "home"), DOTNET_NOLOGO="1", DOTNET_CLI_TELEMETRY_OPTOUT="1",
                                DOTNET_SKIP_FIRST_TIME_EXPERIENCE="1", MSBUILDDISABLENODEREUSE="1", XDG_STATE_HOME=str(work / "state"))
        if not FULL:
            # No registry: what the packages need is where the build has put it, and what is unpacked here is not left there.
            cache = os.environ.get("NUGET_PACKAGES") or str(pathlib.Path.home() / ".nuget" / "packages")
            self.environment.update(NUGET_PACKAGES=str(work / "nuget"), RestoreFallbackFolders=cache)

    def check(self, name, action):
        begun = time.monotonic()
        try:
            action()
            self.passed += 1
            print(f"passed   {name} ({time.monotonic() - begun:.1f} s)", flush=True)
        except (Failure, OSError, subprocess.SubprocessError, AssertionError) as e:
            self.failed += 1
            print("    " + str(e).strip().replace("\n", "\n    ")[-4000:])
            print(f"FAILED   {name}", flush=True)

    def run(self, line, folder, seconds=PATIENCE):
        try:
            result = subprocess.run(words(line), cwd=folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds)
        except subprocess.TimeoutExpired as e:
            raise Failure(f"{line}: did not end in {seconds} s: {(e.stdout or b'').decode(errors='replace')}") from None
        text = result.stdout.decode(errors="replace")
        if result.returncode != 0:
            raise Failure(f"{line}: ended with {result.returncode}:\n{text}")
        return text

    def real(self, printed):
        """What a newcomer puts in the place of a name in capitals."""
        line = printed.replace("HOST", "127.0.0.1")
        if "WORD-WORD" in line:
            if not self.token:
                raise Failure("nobody has shown a token")
            line = line.replace("WORD-WORD", self.token)
        return line.replace("tests/vectors", (ROOT / "tests/vectors").as_posix())

    def stop(self):
        for server in self.servers:
            server.stop()
        self.servers.clear()

    # How things are run, by the first word of the plan's line.

    def step(self, printed, how):
        kind, _, rest = how.partition(" ")
        kind = kind.rstrip(":")
        getattr(self, "do_" + kind)(printed, rest)

    def do_pack(self, printed, rest):
        line = printed.replace("-o packages", f"-o {shlex.quote(self.packages.as_posix())} -nologo -v quiet")
        self.run(line if FULL else line + " --no-build", self.checkout)

    def do_install(self, printed, rest):
        global PATH
        self.run(printed, self.work)
        if ".dotnet" not in PATH:
            PATH = str(self.work / "home" / ".dotnet" / "tools") + os.pathsep + PATH
            self.environment["PATH"] = PATH

    def do_run(self, printed, rest):
        folder = self.far if "far" in rest else self.near
        if rest == "again":
            shutil.rmtree(self.near / "board", ignore_errors=True)
        if "in near" in rest:
            (self.near / "psk").rename(self.near / "psk.first")
        try:
            self.run(self.real(printed), folder)
        finally:
            if "in near" in rest:
                assert (self.near / "psk").read_bytes() == (self.far / "psk").read_bytes(), "the two sides hold different keys"
                (self.near / "psk.first").replace(self.near / "psk")
        if "--into folder" in printed:
            assert (self.near / "folder" / "photos" / "1.jpg").read_bytes() == (self.near / "photos" / "1.jpg").read_bytes()
            assert (self.near / "folder" / "notes.txt").read_text() == "notes\n"

    def do_serve(self, printed, rest):
        self.stop()
        if "--psk-dir" in printed:
            shutil.copy(self.near / "psk", self.near / "keys" / "boiler")
        server = Program(self.real(printed), self.near, self.environment)
        self.servers.append(server)
        server.until(rest)

    def do_talk(self, printed, rest):
        client = Program(self.real(printed), self.near, self.environment)
        try:
            client.until("established")
            client.say("21.5 degrees")
            (self.servers[-1] if "without echo" in rest else client).until("21.5 degrees")
            client.finish()
        finally:
            client.stop()

    def do_pair(self, printed, rest):
        self.stop()
        server = Program(self.real(printed), self.far if "far" in rest else self.near, self.environment)
        self.servers.append(server)
        self.token = server.until(r"token is ([a-z]+-[a-z]+)").group(1)
        server.until("ready")

    def do_send(self, printed, rest):
        self.stop()
        server = Program(self.real(printed), self.near, self.environment)
        self.servers.append(server)
        self.token = server.until(r"receive \S+ ([a-z]+-[a-z]+)").group(1)

    # README's program, in a project of its own that has the package and nothing else; then the sample of the checkout, as it is printed.
    def do_program(self, printed, rest):
        project = self.work / "reading"
        project.mkdir()
        version = re.match(r"Springtail\.(\d.*)\.nupkg", next(p.name for p in self.packages.glob("Springtail.[0-9]*.nupkg"))).group(1)
        (project / "reading.csproj").write_text(
            '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><Nullable>enable</Nullable>'
            '<ImplicitUsings>enable</ImplicitUsings><NuGetAudit>false</NuGetAudit>'
            + ("" if FULL else "<RestoreFallbackFolders>$(RestoreFallbackFolders)</RestoreFallbackFolders>") +
            f'<RestoreAdditionalProjectSources>{self.packages}</RestoreAdditionalProjectSources></PropertyGroup><ItemGroup><PackageReference Include="Springtail" Version="{version}" />'
            '</ItemGroup></Project>\n')
        (project / "Program.cs").write_text(re.search("```csharp\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S).group(1))
        self.run("dotnet build -nologo -v quiet", project)
        text = self.run(f"dotnet {(project / 'bin/Debug/net10.0/reading.dll').as_posix()} 127.0.0.1 psk \"21.5 degrees\"", self.near)
        assert "21.5 degrees" in text, text
        line = self.real(printed).replace("tools/samples/minimal", (self.checkout / "tools/samples/minimal").as_posix())
        line = line if FULL else line.replace("dotnet run", "dotnet run -c Release --no-build")
        text = self.run(line, self.near)
        assert "21.5 degrees" in text, text

    def do_gateway(self, printed, rest):
        self.stop()
        (self.work / "fleet").mkdir(exist_ok=True)
        server = Program(self.real(printed), self.work / "fleet", self.environment)
        self.servers.append(server)
        server.until("1883")
        time.sleep(1)

    def do_load(self, printed, rest):
        player = Program(self.real(printed), self.work / "fleet", self.environment)
        try:
            player.until(r"\d")
        finally:
            player.stop()

    def do_config(self, printed, rest):
        config = self.work / "NuGet.Config"
        config.write_text('<configuration><packageSources /></configuration>\n')
        self.run(printed.replace("FULL-PATH/packages", shlex.quote(str(self.packages))).replace("~/.nuget/NuGet/NuGet.Config", shlex.quote(str(config))), self.work)
        assert str(self.packages) in config.read_text()

    def do_nft(self, printed, rest):
        self.run("nft add table inet filter", self.work)
        self.run("nft add chain inet filter input '{ type filter hook input priority 0; }'", self.work)
        self.run(printed.replace("sudo ", ""), self.work)
        assert "24576-25599" in self.run("nft list ruleset", self.work)


def printed_commands():
    """Every command that the documents print, without its comment, with where it stands."""
    found = {}
    for document in DOCUMENTS:
        for match in COMMAND.finditer((ROOT / document).read_text(encoding="utf-8")):
            found.setdefault(re.sub(r"\s+# .*$", "", match.group(1)).strip(), document)
    return found


def packages_are_whole(folder):
    """Each package has what a registry shows: who, what, licence, icon, readme; no readme has a link into a checkout that its reader has not got."""
    packages = list(folder.glob("*.nupkg"))
    assert len(packages) >= 2
    for package in packages:
        with zipfile.ZipFile(package) as archive:
            names = archive.namelist()
            nuspec = archive.read(next(n for n in names if n.endswith(".nuspec"))).decode()
            for part in ("<authors>Springtail contributors</authors>", "<license ", "<icon>icon.png</icon>", "<readme>README.md</readme>", "<description>", "<repository ", "commit="):
                assert part in nuspec, f"{package.name} has no {part}"
            assert {"icon.png", "README.md", "CHANGELOG.md"} <= set(names), f"{package.name}: {names}"
            links = re.findall(r"\]\((?!https://)[^)]*\)", archive.read("README.md").decode())
            assert not links, f"{package.name}: {links}"
        assert package.with_suffix(".snupkg").exists(), f"{package.name} has no symbols"


def figures_are_measured():
    """README's table of what channels cost, beside what tools/compare measures now: Springtail's padding is random, the others send the same each time."""
    lines = subprocess.run([sys.executable, str(ROOT / "tools/compare"), shutil.which("springtail", path=PATH)], capture_output=True, text=True, timeout=PATIENCE, check=True).stdout.splitlines()
    measured = {cells[1].split(",")[0].strip(): [re.findall(r"\d+", c) for c in cells[2:6]] for cells in (l.split("|") for l in lines[2:])}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    columns = [c.strip().split(",")[0] for c in re.search(r"^\| \| (Springtail.*)\|$", readme, re.M).group(1).split("|")]
    rows = ["handshake, packets", "handshake, bytes", "20 bytes and their echo, packets", "20 bytes and their echo, bytes"]
    for i, row in enumerate(rows):
        cells = [[n.replace(" ", "") for n in re.findall(r"\d[\d ]*\d|\d", c)] for c in re.search(rf"^\| {row} \|(.*)\|$", readme, re.M).group(1).split("|")]
        for column, shown in zip(columns, cells):
            name = "TLS 1.3" if "TLS 1.3" in column else column
            if name in measured and name != "Springtail":
                assert shown[0] == measured[name][i][0], f"{row}, {column}: README says {shown}, measured {measured[name][i]}"
    assert measured["Springtail"][0][0] == "4", measured["Springtail"]
    return measured


def newcomers_path(folder):
    """A PATH with what such a machine has, and a refusal if a compiler is on it."""
    if WINDOWS:
        # Programs there cannot be linked into a folder; folders that hold a compiler are left out.
        folders = [f for f in os.environ["PATH"].split(os.pathsep) if f and not any(shutil.which(c, path=f) for c in ("gcc", "cc", "clang", "cl"))]
        return os.pathsep.join(folders)
    folder.mkdir()
    for program in PROGRAMS:
        found = shutil.which(program)
        if found:
            (folder / program).symlink_to(os.path.realpath(found) if program == "dotnet" else found)
    return str(folder)


def own_network():
    """In a network of its own no other program has the ports, and no firewall is changed; where that cannot be had, the machine's is taken."""
    if WINDOWS or not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("nsenter"):
        return None, []
    # The address is one for documents (RFC 5737), so that the machine has one that a board could reach.
    network = "ip link add lan type veth peer name far && ip addr add 192.0.2.7/24 dev lan && ip link set lan up && ip link set far up && ip link set lo up"
    holder = subprocess.Popen(["unshare", "-n", "sh", "-c", network + " && echo up && exec sleep 3600"], stdout=subprocess.PIPE, text=True)
    if holder.stdout.readline() != "up\n":
        holder.kill()
        return None, []
    return holder, [shutil.which("nsenter"), "-t", str(holder.pid), "-n"]


def main():
    global INSIDE, PATH
    INSIDE = []
    with tempfile.TemporaryDirectory(prefix="springtail-walk-", ignore_cleanup_errors=True) if sys.version_info >= (3, 10) else tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        PATH = newcomers_path(work / "bin")
        walk = Walk(work)
        printed = printed_commands()
        plan = dict(PLAN)

        def known():
            unplanned = [f"{d}: {c}" for c, d in printed.items() if c not in plan]
            unprinted = [c for c in plan if c not in printed]
            assert len(plan) == len(PLAN) and not unplanned and not unprinted, "\n".join(["not in the plan: " + c for c in unplanned] + ["printed nowhere: " + c for c in unprinted])

        def no_compiler():
            found = [c for c in COMPILERS if shutil.which(c, path=PATH)]
            assert not found, found

        walk.check(f"each of the {len(printed)} commands that {len(DOCUMENTS)} documents print is in the plan", known)
        if not WINDOWS:
            walk.check("no C compiler is on the PATH", no_compiler)
        if FULL:
            walk.check("a fresh clone", lambda: walk.run(f"git clone --quiet --no-hardlinks {shlex.quote(str(ROOT))} clone", work))
        holder = None
        try:
            for line, how in PLAN:
                if not hasattr(walk, "do_" + how.split(" ")[0].rstrip(":")):
                    continue
                gateway = "gateway" in how or how == "load"
                if (gateway or how.endswith("long")) and not FULL:
                    continue
                if how == "nft" and not (shutil.which("nft", path=PATH) and INSIDE):
                    walk.skipped += 1
                    print(f"skipped  {line}: needs nft, and root")
                    continue
                if line.startswith("springtail") and not INSIDE:
                    holder, INSIDE = own_network()
                if line == "springtail enroll boiler":
                    walk.near, near = work / "fleet", walk.near
                walk.check(line, lambda: walk.step(line, how))
                if line == "springtail enroll boiler":
                    walk.near = near
                if how.startswith("install") and "gateway" not in how:
                    walk.check("packages have all that a registry shows", lambda: packages_are_whole(walk.packages))
            if FULL and INSIDE and shutil.which("openssl"):
                version = subprocess.run(["openssl", "version"], capture_output=True, text=True).stdout.split()[1]
                if version in (ROOT / "README.md").read_text(encoding="utf-8"):
                    walk.check("README's figures are what tools/compare measures", figures_are_measured)
                else:
                    walk.skipped += 1
                    print(f"skipped  README's figures: they are those of another OpenSSL than {version}")
        finally:
            walk.stop()
            if holder:
                holder.kill()
                holder.wait()
    print(f"{walk.passed} passed, {walk.failed} failed, {walk.skipped} skipped")
    return walk.failed != 0


sys.exit(main())
