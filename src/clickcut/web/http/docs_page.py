"""The page /docs: every route with its fields, from the application's own schema; no script, nothing from another host."""

from __future__ import annotations

from html import escape
from typing import Any


def docs_page(schema: dict[str, Any]) -> str:
    """The page's HTML."""
    sections = [
        _operation(path, method, operation, schema) for path, methods in schema["paths"].items() for method, operation in methods.items()
    ]
    parts = schema.get("components", {}).get("schemas", {})
    values = [_value(name, value) for name, value in sorted(parts.items())]
    title = escape(schema["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}: HTTP interface</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/docs.css"></head><body><main>'
        f"<h1>{title}</h1><p>{escape(schema['info'].get('description', ''))}</p>"
        '<p>The same as OpenAPI for programs: <a href="/openapi.json">openapi.json</a>.</p>'
        f"<h2>Routes</h2>{''.join(sections)}<h2>Values</h2>{''.join(values)}</main></body></html>"
    )


def _operation(path: str, method: str, operation: dict[str, Any], schema: dict[str, Any]) -> str:
    rows = [
        _row(f"{one['name']} ({one['in']})", _kind(one["schema"]), one.get("description", ""), needed=one.get("required", False))
        for one in operation.get("parameters", [])
    ]
    bodies = [
        f"<p>Body: <code>{escape(kind)}</code> {_kind(one.get('schema', {}))}</p>"
        for kind, one in operation.get("requestBody", {}).get("content", {}).items()
    ]
    answers = [
        f"<li><code>{escape(status)}</code> {_answer(one)}</li>" for status, one in operation["responses"].items() if status.startswith("2")
    ]
    refusals = ", ".join(status for status in operation["responses"] if not status.startswith("2"))
    return (
        f"<section><h3><code><b>{method.upper()}</b> {escape(path)}</code></h3><p>{escape(operation.get('description', ''))}</p>"
        + (f"<table>{''.join(rows)}</table>" if rows else "")
        + "".join(bodies)
        + f"<ul>{''.join(answers)}</ul><p>Refusals: {refusals}</p></section>"
    )


def _answer(answer: dict[str, Any]) -> str:
    kinds = [f"<code>{escape(kind)}</code> {_kind(one.get('schema', {}))}" for kind, one in answer.get("content", {}).items()]
    return " or ".join(kinds) or escape(answer.get("description", ""))


def _value(name: str, value: dict[str, Any]) -> str:
    needed = value.get("required", [])
    rows = [_row(key, _kind(one), one.get("description", ""), needed=key in needed) for key, one in value.get("properties", {}).items()]
    about = f"<h3>{escape(name)}</h3><p>{escape(value.get('description', ''))}</p>"
    return f'<section id="{escape(name)}">{about}<table>{"".join(rows)}</table></section>'


def _row(name: str, kind: str, description: str, *, needed: bool) -> str:
    return f"<tr><th>{escape(name)}</th><td>{kind}</td><td>{'' if needed else 'optional'}</td><td>{escape(description)}</td></tr>"


def _kind(value: dict[str, Any]) -> str:
    """A schema's type in a few words, with links to named ones."""
    if "$ref" in value:
        name = escape(value["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in value:
        return " or ".join(_kind(one) for one in value["anyOf"])
    if value.get("type") == "array":
        return f"list of {_kind(value.get('items', {}))}"
    if "enum" in value or "const" in value:
        return escape(", ".join(str(one) for one in value.get("enum", [value.get("const")])))
    bounds = [f"{sign} {value[key]}" for key, sign in (("minimum", "≥"), ("maximum", "≤")) if key in value]
    return escape(" ".join([str(value.get("type", value.get("title", "any"))), *bounds]))
