#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""Writes org.l2tp(5) at build time: dbus-man.py EXAMPLES-DIR TEMPLATE FILE…

Files that end in .xml are interfaces, whose comments are the documentation; the others are
examples, which the template names. What is not documented is an error. Not installed."""

import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

EMITS_CHANGED = "org.freedesktop.DBus.Property.EmitsChangedSignal"
CHANGES = {"const": "never changes", "false": "changes are not announced",
           "invalidates": "changes are announced without the value"}
TROFF = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"}


def escape(text):
    """The text for troff, in ASCII."""
    escaped = "".join(TROFF.get(c) or (c if c < "\x7f" else f"\\[u{ord(c):04X}]") for c in text)
    return re.sub(r"^(?=\.)", r"\&", escaped, flags=re.M)


def prose(text):
    """Escaped text of one paragraph; mentions of other pages are set in bold."""
    return re.sub(r"((?:\w|\\-)+)(\([1-8]\))", r"\\fB\1\\fR\2", escape(" ".join(text.split())))


class Doc:
    """A comment: "Name: text" or "Name:", lines "@ARGUMENT: text", then paragraphs."""

    def __init__(self, name, text):
        head, *self.paragraphs = re.split(r"\n\s*\n", text.strip())
        head = head.removeprefix(f"{name}:")
        first, *tagged = re.split(r"(?:^|\n)\s*@(\w+):", head)
        if first.strip():
            self.paragraphs.insert(0, first)
        self.tags = dict(zip(tagged[::2], tagged[1::2]))

    def body(self):
        return [prose(paragraph) for paragraph in self.paragraphs]


def documented(parent):
    """Each element of the parent that has a name, with its Doc."""
    comment = ""
    for element in parent:
        if element.tag is ET.Comment:
            comment = element.text
        elif element.tag in ("interface", "method", "signal", "property"):
            name = element.get("name")
            if not comment.strip().startswith(f"{name}:"):
                sys.exit(f"{parent.get('name', 'node')}: no comment documents {name}")
            yield element, Doc(name, comment)
            comment = ""


def check_arguments(member, doc):
    arguments = {arg.get("name") for arg in member.iter("arg")}
    for name in sorted(arguments ^ set(doc.tags)):
        sys.exit(f"{member.get('name')}: the comment and the arguments differ in {name}")


def list_arguments(member, doc):
    if not doc.tags:
        return
    yield ".RS"
    for arg in member.iter("arg"):
        yield from (".TP", f"\\fI{escape(arg.get('name'))}\\fR", prose(doc.tags[arg.get("name")]))
    yield ".RE"


def signature(member, direction):
    default = "in" if member.tag == "method" else "out"
    return ", ".join(f"{escape(arg.get('type'))} \\fI{escape(arg.get('name'))}\\fR"
                     for arg in member.iter("arg") if arg.get("direction", default) == direction)


def call_head(member):
    name = f"\\fB{escape(member.get('name'))}\\fR"
    if member.tag == "signal":
        return f"{name} ({signature(member, 'out')})"
    result = signature(member, "out")
    return f"{name} ({signature(member, 'in')})" + (f" \\(-> {result}" if result else "")


def property_head(member):
    notes = [escape(member.get("type"))]
    if member.get("access") != "read":
        notes.append({"readwrite": "writable", "write": "write only"}[member.get("access")])
    for annotation in member.iter("annotation"):
        if annotation.get("name") == EMITS_CHANGED and annotation.get("value") in CHANGES:
            notes.append(CHANGES[annotation.get("value")])
    return f"\\fB{escape(member.get('name'))}\\fR ({', '.join(notes)})"


def describe_member(member, doc):
    check_arguments(member, doc)
    yield ".TP"
    yield property_head(member) if member.tag == "property" else call_head(member)
    first, *others = doc.body() or [""]
    yield first or "\\&"
    yield from list_arguments(member, doc)
    for paragraph in others:
        yield from (".IP", paragraph)


def describe_interface(interface, doc):
    yield f".SH INTERFACE {escape(interface.get('name'))}"
    yield f"{prose(doc.tags['short_description'])}."
    for paragraph in doc.body():
        yield from (".PP", paragraph)
    members = list(documented(interface))
    for kind, title in (("property", "Properties"), ("method", "Methods"), ("signal", "Signals")):
        some = [entry for entry in members if entry[0].tag == kind]
        if some:
            yield f".SS {title}"
        for member, member_doc in some:
            yield from describe_member(member, member_doc)


def describe_file(path):
    parser = ET.XMLParser(target=ET.TreeBuilder(insert_comments=True))
    for interface, doc in documented(ET.parse(path, parser).getroot()):
        yield from describe_interface(interface, doc)


def show_example(path):
    text = re.sub(r"# SPDX-.*\n", "", path.read_text(encoding="utf-8"))
    return f".nf\n{escape(text.rstrip())}\n.fi"


def main():
    examples_dir, template, *files = sys.argv[1:]
    files = [Path(file) for file in files]
    interfaces = [line for file in files if file.suffix == ".xml" for line in describe_file(file)]
    examples = {file.name: file for file in files if file.suffix != ".xml"}
    page = Path(template).read_text(encoding="utf-8")
    page = page.replace("@EXAMPLES@", escape(examples_dir))
    page = page.replace("@INTERFACES@", "\n".join(interfaces))
    page = re.sub(r"@FILE (\S+)@", lambda match: show_example(examples[match[1]]), page)
    sys.stdout.write(page)


if __name__ == "__main__":
    main()
