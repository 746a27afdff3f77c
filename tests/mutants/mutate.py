"""Removes one check at a time from a copy of the sources and demands that the tests named for it go red.

The copy is built once. For a mutant only what it touches is compiled again and put beside the tests: the native core, or Springtail.Host, which
holds the shared sources, by the compiler with the arguments that the build gave it.
"""
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from mutants import MUTANTS

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TEST_TIME = 300  # seconds; a mutant that hangs the tests shows nothing
BUILD = ["-nologo", "-nodeReuse:false", "-p:UseSharedCompilation=false"]


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


class Copy:
    """A built copy of the project."""

    def __init__(self, folder):
        self.folder = folder
        host = os.path.join(folder, "tools", "Springtail.Host")
        self.host = host
        code, text = run(["dotnet", "build", "tests/Springtail.Tests", "-v", "minimal"] + BUILD, folder)
        if code != 0:
            raise SystemExit(f"the copy did not build:\n{text}")
        code, text = run(
            ["dotnet", "msbuild", "-nologo", "-nodeReuse:false", "-t:Compile", "-p:SkipCompilerExecution=true", "-p:ProvideCommandLineArgs=true",
             "-p:NonExistentFile=there-is-none", "-getItem:CscCommandLineArgs", "-getProperty:RoslynTargetsPath"], host)
        answer = json.loads(text)
        arguments = [item["Identity"] for item in answer["Items"]["CscCommandLineArgs"]]
        # Of the analyzers, those that write parts of the program: the calls of libsodium and the log.
        arguments = [a for a in arguments if not a.startswith(("/analyzer", "/doc:", "/refout:", "/out:", "/noconfig")) or "Microsoft.Interop." in a or "Logging.Generators" in a]
        self.arguments = os.path.join(folder, "host.rsp")
        with open(self.arguments, "w") as file:
            file.write("\n".join(arguments))
        self.compiler = os.path.join(answer["Properties"]["RoslynTargetsPath"], "bincore", "csc.dll")
        bin_folder = os.path.join(folder, "tests", "Springtail.Tests", "bin")
        self.tests = next(os.path.join(path, "Springtail.Tests.dll") for path, _, files in os.walk(bin_folder) if "Springtail.Tests.runtimeconfig.json" in files)

    def compile_native(self):
        """Compiles the native core as it stands; gives None or what the compiler says."""
        code, text = run(["cmake", "--build", "native-interop/build", "--target", "springtail_crypto"], self.folder)
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


def judge(copy, mutant):
    """None when every test named goes red, else what is wrong."""
    with Mutated(copy.folder, mutant) as count:
        if count != 1:
            return f"its text is in {mutant.file} {count} times, not once"
        native = mutant.file.startswith("native-interop/")
        trouble = copy.compile() or (copy.compile_native() if native else None)
        if trouble:
            return "it does not compile: " + trouble.strip().splitlines()[0]
        failed, ran = copy.test(mutant.tests)
    if native:
        copy.compile_native()
    missing = [name for name in mutant.tests if name not in ran]
    if failed is None:
        return f"the tests did not end in {TEST_TIME} s"
    if missing:
        return "there is no test " + ", ".join(missing)
    green = [name for name in mutant.tests if name not in failed]
    return "still green: " + ", ".join(green) if green else None


def main(arguments):
    short = "--short" in arguments or os.environ.get("SPRINGTAIL_FULL") == ""
    kept = next((a[5:] for a in arguments if a.startswith("--in=")), None)
    names = [a for a in arguments if not a.startswith("--")]
    mutants = [m for m in MUTANTS if any(n in m.name for n in names)] if names else [m for m in MUTANTS if m.short or not short]
    passed = failed = 0
    with contextlib.nullcontext(kept) if kept else tempfile.TemporaryDirectory(prefix="springtail-mutants-") as folder:
        copy_tree(folder)
        copy = Copy(folder)

        # The same tests are green as long as nothing is removed: what they say of a mutant, they say of it alone.
        tests = {test for mutant in mutants for test in mutant.tests}
        trouble = copy.compile()
        red, ran = copy.test(tests) if trouble is None else (None, set())
        if trouble is not None or red is None or red or ran != tests:
            failed += 1
            print(f"FAILED   nothing removed: {trouble or ''} red {sorted(red or [])}, not run {sorted(tests - ran)}", flush=True)
        else:
            passed += 1
            print(f"passed   nothing removed: {len(tests)} tests are green", flush=True)

        for mutant in mutants:
            begun = time.monotonic()
            wrong = judge(copy, mutant)
            took = f"({time.monotonic() - begun:.0f} s)"
            if wrong is None:
                passed += 1
                print(f"passed   {mutant.name} {took}", flush=True)
            else:
                failed += 1
                print(f"FAILED   {mutant.name}: {wrong} {took}", flush=True)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main(sys.argv[1:]))
