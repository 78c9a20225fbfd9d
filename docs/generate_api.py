"""Writes docs/api.md from the interface's own description.

Run from the root of the project: ``uv run python docs/generate_api.py``.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
INTRODUCTION = """\
# Interface for programs

<!-- Written by docs/generate_api.py from dashboard/api; change it there. -->

A dashboard with accounts takes recordings from other machines; `levelstride push` uses this. Every operation wants the
token of a device (`levelstride users token`, or the page *Account*): `Authorization: Bearer lsd_…`. The dashboard describes
the same as OpenAPI at `/api/v1/openapi.json`.

Announce the file, send its bytes in one or more pieces, complete, and ask until the state is `done`:

```sh
curl -H "Authorization: Bearer $TOKEN" --json '{"sha256": "…", "size": 123456}' $URL/api/v1/uploads
curl -H "Authorization: Bearer $TOKEN" -X PATCH -H 'Upload-Offset: 0' -H 'Content-Type: application/octet-stream' \\
    --data-binary @run.mcap $URL/api/v1/uploads/$UPLOAD
curl -H "Authorization: Bearer $TOKEN" --json '' $URL/api/v1/uploads/$UPLOAD/complete
curl -H "Authorization: Bearer $TOKEN" $URL/api/v1/uploads/$UPLOAD
```

After a cut, ask for the upload: `offset` is where the next piece begins. A wrong offset is answered 409 with the right one.
"""


def described() -> dict[str, Any]:
    """The OpenAPI document as the dashboard serves it."""
    import httpx

    from dashboard.accounts.settings import AccountSettings
    from dashboard.app import create_app
    from pipeline.store import Store

    async def ask(app: Any) -> dict[str, Any]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            found: dict[str, Any] = json.loads((await client.get("/api/v1/openapi.json")).content)
            return found

    with TemporaryDirectory() as folder, Store.open(Path(folder)) as store:
        return asyncio.run(ask(create_app(store=store, accounts=AccountSettings())))


def api_page() -> str:
    """The whole page as Markdown."""
    document = described()
    lines = [INTRODUCTION]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            lines += [f"## `{method.upper()} {path}`", "", operation["summary"], ""]
            for parameter in operation.get("parameters", ()):
                lines.append(f"- {parameter['in']} `{parameter['name']}`")
            lines += _body(operation, document)
            lines += ["| answer | meaning |", "|---|---|"]
            for status, answer in sorted(operation["responses"].items()):
                lines.append(
                    f"| {status} | {answer['description'].replace('Successful Response', 'Done.')} |"
                )
            lines.append("")
    lines += [
        "## What an upload is answered with",
        "",
        "| field | type | meaning |",
        "|---|---|---|",
    ]
    for name, part in document["components"]["schemas"]["UploadAnswer"]["properties"].items():
        kind = " \\| ".join(part["enum"]) if "enum" in part else part["type"]
        lines.append(f"| `{name}` | {kind} | {part.get('description', '')} |")
    return "\n".join(lines) + "\n"


def _body(operation: dict[str, Any], document: dict[str, Any]) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {})
    lines = []
    for kind, body in content.items():
        name = body["schema"].get("$ref", "").split("/")[-1]
        fields = document["components"]["schemas"].get(name, {}).get("properties", {})
        words = "; ".join(
            f"`{key}`: {part.get('description', '').rstrip('.')}" for key, part in fields.items()
        )
        lines.append(f"- body `{kind}`: {words or 'the bytes'}")
    return [*lines, ""] if lines or operation.get("parameters") else lines


if __name__ == "__main__":
    (ROOT / "docs" / "api.md").write_text(api_page(), encoding="utf-8")
