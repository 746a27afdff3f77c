"""Removes one check at a time from a copy of the sources and demands that the tests named for it go red.

The checkout is built once. For a mutant only what it touches is compiled again in a copy and put beside the tests: the native core, or Springtail.Host,
which holds the shared sources, by the compiler with the arguments that the build gave it.
"""
import concurrent.futures
import contextlib
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time

from mutants import MUTANTS

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TEST_TIME = 300  # seconds; a mutant that hangs the tests shows nothing
HOST = os.path.join("tools", "Springtail.Host")
TESTS = os.path.join("tests", "Springtail.Tests")
BUILD = ["-c", "Release", "-nologo", "-nodeReuse:false", "-p:UseSharedCompilation=false"]


def run(command, cwd, timeout=None):
    """Gives the exit code, None when it took too long, and all that it printed."""
    try:
        done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=timeout)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as expired:
        return None, (expired.stdout or b"").decode(errors="replace")


def copy_tree(target):
    """The tracked files as they are in the checkout."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    for name in listed.decode().split("\0"):
        source = os.path.join(ROOT, name)
        if name and os.path.isfile(source):
            copy = os.path.join(target, name)
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            shutil.copy2(source, copy)


class Build:
    """The checkout as it stands, built, and how the compiler makes Springtail.Host."""

    def __init__(self):
        code, text = run(["dotnet", "build", TESTS, "-v", "minimal"] + BUILD, ROOT)
        if code != 0:
            raise SystemExit(f"{TESTS} did not build:\n{text}")
        code, text = run(
            ["dotnet", "msbuild", "-t:Compile", "-p:Configuration=Release", "-p:SkipCompilerExecution=true", "-p:ProvideCommandLineArgs=true",
             "-p:NonExistentFile=there-is-none", "-getItem:CscCommandLineArgs", "-getProperty:RoslynTargetsPath", "-nologo", "-nodeReuse:false"],
            os.path.join(ROOT, HOST))
        answer = json.loads(text)
        arguments = [item["Identity"] for item in answer["Items"]["CscCommandLineArgs"]]
        # Of the analyzers, those that write parts of the program: the calls of libsodium and the log. Sources are named from the project's folder.
        self.arguments = [
            a for a in arguments if not a.startswith(("/analyzer", "/doc:", "/refout:", "/out:", "/noconfig")) or "Microsoft.Interop." in a or "Logging.Generators" in a]
        self.compiler = os.path.join(answer["Properties"]["RoslynTargetsPath"], "bincore", "csc.dll")


class Copy:
    """The tracked files and the built tests, in a folder of their own."""

    def __init__(self, build, folder):
        self.folder = folder
        self.host = os.path.join(folder, HOST)
        self.compiler = build.compiler
        copy_tree(folder)
        for output in (os.path.join(HOST, "obj", "Release"), os.path.join(TESTS, "bin", "Release")):
            shutil.copytree(os.path.join(ROOT, output), os.path.join(folder, output), dirs_exist_ok=True)
        self.arguments = os.path.join(folder, "host.rsp")
        with open(self.arguments, "w") as file:
            file.write("\n".join(build.arguments))
        self.tests = next(os.path.join(path, "Springtail.Tests.dll") for path, _, files in os.walk(os.path.join(folder, TESTS, "bin")) if "Springtail.Tests.runtimeconfig.json" in files)

    def compile_native(self):
        """Compiles the native core as it stands; gives None or what the compiler says."""
        for arguments in (["-S", "native-interop", "-B", "native-interop/build"], ["--build", "native-interop/build", "--target", "springtail_crypto"]):
            code, text = run(["cmake"] + arguments, self.folder)
            if code != 0:
                return text
        shutil.copy2(os.path.join(self.folder, "native-interop", "build", "libspringtail_crypto.so"), os.path.dirname(self.tests))
        return None

    def compile(self):
        """Compiles the shared sources as they stand; gives None or what the compiler says."""
        out = os.path.join(os.path.dirname(self.tests), "Springtail.Host.dll")
        code, text = run(["dotnet", self.compiler, "-nologo", "-noconfig", "@" + self.arguments, "-out:" + out], self.host)
        return None if code == 0 else text

    def test(self, names):
        """Runs tests by name; gives the names of those that failed and of those that ran, or None when they did not come to an end."""
        wanted = "|".join(f"FullyQualifiedName~.{name}" for name in sorted(names))
        code, text = run(["dotnet", "test", self.tests, "--nologo", "--logger", "console;verbosity=normal", "--filter", wanted], self.folder, TEST_TIME)
        found = re.findall(r"^\s+(Passed|Failed) \S*\.(\w+)(?:\(.*)? \[", text, re.MULTILINE)
        failed = {name for outcome, name in found if outcome == "Failed"}
        return (None if code is None else failed), {name for _, name in found}


class Mutated:
    """A file with one text in place of another, put right again at the end."""

    def __init__(self, folder, mutant):
        self.path = os.path.join(folder, mutant.file)
        self.mutant = mutant

    def __enter__(self):
        with open(self.path) as file:
            self.text = file.read()
        count = self.text.count(self.mutant.text)
        if count == 1:
            with open(self.path, "w") as file:
                file.write(self.text.replace(self.mutant.text, self.mutant.replacement))
        return count

    def __exit__(self, *_):
        with open(self.path, "w") as file:
            file.write(self.text)


def is_native(mutant):
    return mutant.file.startswith("native-interop/")


def judge(built, mutant):
    """None when every test named goes red, else what is wrong."""
    with Mutated(built.folder, mutant) as count:
        if count != 1:
            return f"its text is in {mutant.file} {count} times, not once"
        native = is_native(mutant)
        trouble = built.compile() or (built.compile_native() if native else None)
        if trouble:
            return "it does not compile: " + trouble.strip().splitlines()[0]
        failed, ran = built.test(mutant.tests)
    if native:
        built.compile_native()
    missing = [name for name in mutant.tests if name not in ran]
    if failed is None:
        return f"the tests did not end in {TEST_TIME} s"
    if missing:
        return "there is no test " + ", ".join(missing)
    green = [name for name in mutant.tests if name not in failed]
    return "still green: " + ", ".join(green) if green else None


def judge_all(copies, mutants, tell):
    """Judges each, as many at a time as there are copies."""
    free = queue.SimpleQueue()
    for built in copies:
        free.put(built)

    def work(mutant):
        built = free.get()
        begun = time.monotonic()
        try:
            return mutant, judge(built, mutant), time.monotonic() - begun
        finally:
            free.put(built)

    with concurrent.futures.ThreadPoolExecutor(len(copies)) as pool:
        for done in concurrent.futures.as_completed([pool.submit(work, mutant) for mutant in mutants]):
            tell(*done.result())


def main(arguments):
    short = "--short" in arguments or os.environ.get("SPRINGTAIL_FULL") == ""
    names = [a for a in arguments if not a.startswith("--")]
    mutants = [m for m in MUTANTS if any(n in m.name for n in names)] if names else [m for m in MUTANTS if m.short or not short]
    passed = failed = 0

    def tell(mutant, wrong, seconds):
        nonlocal passed, failed
        if wrong is None:
            passed += 1
            print(f"passed   {mutant.name} ({seconds:.0f} s)", flush=True)
        else:
            failed += 1
            print(f"FAILED   {mutant.name}: {wrong} ({seconds:.0f} s)", flush=True)

    with contextlib.ExitStack() as stack:
        def another():
            return Copy(build, stack.enter_context(tempfile.TemporaryDirectory(prefix="springtail-mutants-")))

        build = Build()
        first = another()

        # The same tests are green as long as nothing is removed: what they say of a mutant, they say of it alone.
        tests = {test for mutant in mutants for test in mutant.tests}
        trouble = first.compile()
        red, ran = first.test(tests) if trouble is None else (None, set())
        if trouble is not None or red is None or red or ran != tests:
            failed += 1
            print(f"FAILED   nothing removed: {trouble or ''} red {sorted(red or [])}, not run {sorted(tests - ran)}", flush=True)
        else:
            passed += 1
            print(f"passed   nothing removed: {len(tests)} tests are green", flush=True)

        # One for each core, which a mutant's compiler and tests keep busy.
        more = min(os.cpu_count() or 1, len(mutants)) - 1
        judge_all([first] + [another() for _ in range(more)], mutants, tell)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main(sys.argv[1:]))
