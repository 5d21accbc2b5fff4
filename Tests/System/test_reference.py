"""The manual pages, the reference and the other documents say what there is: compared with the header and the
command."""

import re
import unittest

from support import COMMAND, ROOT, need, run

HEADER = (ROOT / "include/wasi_threads.h").read_text()
CODE = re.sub(r"/\*.*?\*/", "", HEADER, flags=re.DOTALL)
PAGES = sorted((ROOT / "docs/man").glob("*.[13]"))


def declared(pattern):
    return set(re.findall(pattern, CODE))


def documents():
    yield from PAGES
    yield from (ROOT / "docs").rglob("*.md")
    yield from ROOT.glob("*.md")
    yield from (ROOT / "bindings").rglob("*.md")


class Reference(unittest.TestCase):
    def setUp(self):
        made = run(ROOT / "scripts/reference", check=True)
        self.page = made.stdout

    def test_every_function_has_an_entry_with_its_comment(self):
        functions = declared(r"\b(wasi_threads_\w+)\(")
        entries = dict(re.findall(r"^### `(wasi_threads_\w+)`\n\n([\s\S]*?)```c\n", self.page, re.MULTILINE))
        self.assertGreater(len(functions), 60)
        self.assertEqual(functions - set(entries), set())
        self.assertEqual({name for name in functions if len(entries[name].strip()) < 20}, set())

    def test_every_type_and_enumerator_is_there(self):
        for name in declared(r"\b(?:wasi_threads_\w+_t|WASI_THREADS_(?!H\b)\w+)\b"):
            with self.subTest(name):
                self.assertRegex(self.page, rf"\b{name}\b")

    def test_no_declaration_is_lost(self):
        def words(text):
            return re.findall(r"\w+|[^\w\s]", text)

        body = CODE[CODE.index('extern "C" {') + len('extern "C" {') : CODE.rindex("#ifdef __cplusplus")]
        body = body.replace("#endif", "", 1)
        shown = "\n".join(re.findall(r"^```c\n([\s\S]*?)^```$", self.page, re.MULTILINE))
        self.assertEqual(words(re.sub(r"/\*.*?\*/", "", shown, flags=re.DOTALL)), words(body))


class Documents(unittest.TestCase):
    def test_every_name_exists(self):
        known = declared(r"\b(wasi_threads_\w+)\b") | declared(r"\b(WASI_THREADS_\w+)\b") | {"wasi_threads_"}
        # Variables of the environment, of the Python package and of the library.
        known |= {"WASI_THREADS_LIBRARY"}
        for source in (ROOT / "include/wasi_threads.hpp", ROOT / "bindings/rust/build.rs"):
            known |= set(re.findall(r"\bWASI_THREADS_\w+", source.read_text()))
        for source in (ROOT / "Sources").rglob("*.swift"):
            known |= set(re.findall(r'"(WASI_THREADS_\w+)"', source.read_text()))
        for path in documents():
            with self.subTest(path.relative_to(ROOT)):
                names = set(re.findall(r"\b(?:wasi_threads_|WASI_THREADS_)\w*", path.read_text()))
                # A name that is cut off stands for all that begin so: `wasi_threads_caller_...`.
                unknown = {
                    name
                    for name in names - known
                    if not any(name.endswith("_") and other.startswith(name) for other in known)
                }
                self.assertEqual(unknown, set())


    def test_every_link_leads_to_a_file(self):
        for path in documents():
            # In code, brackets and parentheses are something else.
            prose = re.sub(r"^```[\s\S]*?^```$", "", path.read_text(), flags=re.MULTILINE)
            for target in re.findall(r"\]\(([^)#:]+)\)", prose):
                with self.subTest(f"{path.relative_to(ROOT)}: {target}"):
                    self.assertTrue((path.parent / target).exists())


class ManualPages(unittest.TestCase):
    def test_mandoc_finds_nothing(self):
        need("mandoc")
        for page in PAGES:
            with self.subTest(page.name):
                result = run("mandoc", "-T", "lint", "-W", "warning", page)
                self.assertEqual((result.returncode, result.stdout), (0, ""))

    def test_the_command_has_the_options_of_its_page(self):
        page = (ROOT / "docs/man/wasi-threads.1").read_text()
        described = {f"-{name}" for name in re.findall(r"^\.It Fl (-[\w-]+)", page, re.MULTILINE)}
        described |= {f"-{name}" for name in re.findall(r"^\.It Fl \w , Fl (-[\w-]+)", page, re.MULTILINE)}
        offered = set()
        for words in ([], ["run"], ["compile"], ["inspect"], ["validate"]):
            text = run(COMMAND, *words, "--help", check=True).stdout
            offered |= set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", text, re.MULTILINE))
        self.assertEqual(described, offered)

    def test_the_command_has_the_statuses_and_subcommands_of_its_page(self):
        page = (ROOT / "docs/man/wasi-threads.1").read_text()
        text = run(COMMAND, "run", "--help", check=True).stdout
        statuses = re.search(r"EXIT STATUS:\n([\s\S]*?)\n\n", text).group(1)
        self.assertEqual(
            re.findall(r"^\.It (\d+)$", page, re.MULTILINE), re.findall(r"^  (\d+) ", statuses, re.MULTILINE)
        )
        overview = run(COMMAND, "--help", check=True).stdout
        offered = re.search(r"SUBCOMMANDS:\n([\s\S]*?)\n\n", overview).group(1)
        self.assertEqual(
            re.findall(r"^\.It Cm (\w+)$", page, re.MULTILINE),
            re.findall(r"^  (\w+) ", offered, re.MULTILINE),
        )


if __name__ == "__main__":
    unittest.main()
