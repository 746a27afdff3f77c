"""Proves the lemmas of the models beside it with ProVerif, and demands that each mutation of a model overturns the lemmas that it names.

In a model a line "(* lemma NAME: holds *)" or "(* lemma NAME: found *)" stands before each query. A lemma that is to be found is one of which ProVerif
shows a run: that an honest exchange comes to its end, or a weakness that PROTOCOL.md states.
"""
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from mutations import MUTATIONS

HERE = os.path.dirname(os.path.abspath(__file__))
LIBRARY = os.path.join(HERE, "springtail.pvl")
LEMMA = re.compile(r"^\(\* lemma ([a-z0-9-]+): (holds|found) \*\)\n", re.M)
RESULT = re.compile(r"^(?: - )?(?:Query|Weak secret|Observational equivalence|Equivalence)\b.* (is true|is false|cannot be proved)\.?$", re.M)
WANTED = {"holds": "is true", "found": "is false"}
LIMIT = 900  # seconds for one run of ProVerif


class Model:
    """A model's text, cut into its lemmas and what stands before, between and after them."""

    def __init__(self, name, text):
        self.name = name
        self.lemmas = {}  # name: (holds or found, the query)
        parts = LEMMA.split(text)
        self.head = parts[0]
        self.tail = ""
        for lemma, wanted, rest in zip(parts[1::3], parts[2::3], parts[3::3]):
            end = 0 if rest.startswith("process") else rest.index(".\n") + 2
            if lemma in self.lemmas:
                raise SystemExit(f"{name}: the lemma {lemma} is there twice")
            self.lemmas[lemma] = (wanted, rest[:end])
            self.tail += rest[end:]

    def text(self, lemmas):
        return self.head + "".join(self.lemmas[lemma][1] for lemma in lemmas) + self.tail


def prove(proverif, model, lemmas):
    """Returns ProVerif's result of each lemma, what it printed when that is not one result a lemma, and the seconds it took."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, model.name + ".pv")
        with open(path, "w", encoding="utf-8") as file:
            file.write(model.text(lemmas))
        try:
            done = subprocess.run([proverif, "-lib", LIBRARY, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT)
            printed = done.stdout
        except subprocess.TimeoutExpired:
            printed = f"no result within {LIMIT} s"
    seconds = time.monotonic() - started
    summary = printed[printed.rfind("Verification summary:"):] if "Verification summary:" in printed else ""
    results = RESULT.findall(summary)
    if len(results) != len(lemmas):
        return None, printed[-1500:], seconds
    # Of an equivalence ProVerif never says that it is false; where it shows a run that tells the two worlds apart, it is.
    if "Observational equivalence" in summary and "A trace has been found." in printed:
        results = ["is false"]
    return dict(zip(lemmas, results)), "", seconds


def proofs(proverif, model):
    results, printed, seconds = prove(proverif, model, list(model.lemmas))
    lines = []
    for lemma, (wanted, _) in model.lemmas.items():
        good = results is not None and results[lemma] == WANTED[wanted]
        lines.append((good, f"{model.name}: {lemma} {wanted}" + ("" if good else f": {results[lemma] if results else printed}")))
    return lines, f"{model.name}: {len(model.lemmas)} lemmas", seconds


def overturned(proverif, models, mutation):
    model = models[mutation.model]
    text = model.head + "".join(f"(* lemma {name}: {wanted} *)\n{query}" for name, (wanted, query) in model.lemmas.items()) + model.tail
    name = f"{mutation.model}: {mutation.name}"
    for old, new in mutation.changes:
        if text.count(old) != 1:
            return [(False, f"{name}: the text is there {text.count(old)} times: {old}")], name, 0
        text = text.replace(old, new)
    results, printed, seconds = prove(proverif, Model(mutation.model, text), list(mutation.lemmas))
    lines = []
    for lemma in mutation.lemmas:
        wanted = WANTED["found" if model.lemmas[lemma][0] == "holds" else "holds"]
        good = results is not None and results[lemma] == wanted
        lines.append((good, f"{name}: overturns {lemma}" + ("" if good else f": {results[lemma] if results else printed}")))
    return lines, name, seconds


def main(arguments):
    sys.stdout.reconfigure(line_buffering=True)
    full = "--full" in arguments
    names = [argument for argument in arguments if argument != "--full"]
    models = {}
    for path in sorted(glob.glob(os.path.join(HERE, "*.pv"))):
        name = os.path.basename(path)[:-3]
        with open(path, encoding="utf-8") as file:
            models[name] = Model(name, file.read())
    unknown = [name for name in names if name not in models]
    if unknown:
        raise SystemExit(f"no such model: {' '.join(unknown)}")
    chosen = [model for model in models.values() if not names or model.name in names]
    mutations = [mutation for mutation in MUTATIONS if not names or mutation.model in names]
    lemmas = sum(len(model.lemmas) for model in chosen)
    proverif = shutil.which(os.environ.get("PROVERIF") or "proverif")
    if not proverif:
        skipped = lemmas + sum(len(mutation.lemmas) for mutation in mutations)
        print("skipped  all models: neither PROVERIF nor the PATH names a ProVerif (tests/model/README.md says how to build one)")
        print(f"0 passed, 0 failed, {skipped} skipped")
        return 0

    failed = passed = skipped = 0
    for model in chosen:
        named = {lemma for mutation in MUTATIONS if mutation.model == model.name for lemma in mutation.lemmas}
        for lemma in model.lemmas:
            if lemma not in named:
                failed += 1
                print(f"FAILED   {model.name}: no mutation is there for {lemma}")
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        # The longest first, so that the processors end together.
        jobs = [pool.submit(proofs, proverif, model) for model in sorted(chosen, key=lambda model: -len(model.lemmas))]
        jobs += [pool.submit(overturned, proverif, models, mutation) for mutation in mutations if full or mutation.short]
        for job in jobs:
            lines, name, seconds = job.result()
            for good, line in lines:
                passed += good
                failed += not good
                print(("passed   " if good else "FAILED   ") + line)
            print(f"         {seconds:.1f} s for {name}", flush=True)
    left_out = [mutation for mutation in mutations if not (full or mutation.short)]
    if left_out:
        skipped = sum(len(mutation.lemmas) for mutation in left_out)
        print(f"skipped  {skipped} overturned lemmas of {len(left_out)} longer mutations: --full takes them")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
