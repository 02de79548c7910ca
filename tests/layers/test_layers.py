#!/usr/bin/env python3
"""Checks every #include of the project against the table of folders in docs/architecture.md.

It fails if a folder includes a header of a folder that the table does not allow, directly or through an allowed folder.
It also fails if a folder with sources lacks a row, or a row lacks a folder. `--pretend FILE=HEADER` acts as if FILE
included HEADER as well; it serves to test this test.
"""
import argparse
import pathlib
import re
import sys

SOURCES = {".c", ".cpp", ".h", ".S"}
ROW = re.compile(r"^\| `([^`]+)` \|[^|]*\|([^|]*)\|[^|]*\|$", re.MULTILINE)
INCLUDE = re.compile(r'^#include (?:"([^"]+)"|<(formats/[^>]+)>)', re.MULTILINE)


def read_table(page):
    """Folder -> the folders that its row names."""
    table = {}
    for folder, named in ROW.findall(page.read_text()):
        table[folder] = ["src/" + name for name in re.findall(r"`([^`]+)`", named)]
    return table


def reachable(table, folder):
    """All folders that `folder` may include: those its row names, those that they may include, and support."""
    found, todo = {"src/support"}, [folder]
    while todo:
        for name in table.get(todo.pop(), []):
            if name not in found:
                found.add(name)
                todo.append(name)
    return found | {folder}


def source_folders(root):
    """Folder -> its source files, without those of folders below it."""
    folders = {}
    for top in ("src", "kernel-target", "tools"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in SOURCES and path.is_file():
                folder = path.parent.relative_to(root).as_posix().removesuffix("/include/formats")
                folders.setdefault(folder, []).append(path)
    return folders


def includes_of(path, root, pretended):
    text = path.read_text()
    names = [quoted or formats for quoted, formats in INCLUDE.findall(text)]
    return names + pretended.get(path.relative_to(root).as_posix(), [])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("--pretend", action="append", default=[], metavar="FILE=HEADER")
    options = parser.parse_args()
    root = options.root
    table = read_table(root / "docs" / "architecture.md")
    folders = source_folders(root)
    problems = [f"{folder} has no row in docs/architecture.md" for folder in folders if folder not in table]
    problems += [f"docs/architecture.md has a row for {folder}, which has no sources" for folder in table
                 if folder not in folders]

    owners = {}
    for folder, paths in folders.items():
        for path in paths:
            if path.suffix == ".h":
                name = "formats/" + path.name if path.parent.name == "formats" and path.parent.parent.name == "include" else path.name
                owners.setdefault(name, []).append(folder)
    pretended = {}
    for pair in options.pretend:
        file, header = pair.split("=")
        pretended.setdefault(file, []).append(header)

    count = 0
    for folder, paths in folders.items():
        may = reachable(table, folder)
        for path in paths:
            for name in includes_of(path, root, pretended):
                count += 1
                where = path.relative_to(root).as_posix()
                owner = owners.get(name)
                if not owner:
                    problems.append(f"{where} includes {name}, which no folder has")
                elif not may.intersection(owner):
                    problems.append(f"{where} includes {name} of {owner[0]}, which {folder} may not include")
    for problem in problems:
        print(problem)
    print(f"{count} includes of {len(folders)} folders, {len(problems)} problems")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
