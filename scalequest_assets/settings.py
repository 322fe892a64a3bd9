"""What all settings have in common. A component declares its own, once, and the profile composes them.

A class of settings documents each of its fields under `Attributes:`, with unit and range; editors show the same text,
since the profile's JSON schema is made from it.
"""

import inspect
import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

Share = Annotated[float, Field(ge=0, le=1)]
"""A part of a whole, in [0, 1]."""
Positive = Annotated[int, Field(ge=1)]
"""A count of at least 1."""
Seconds = Annotated[float, Field(gt=0)]
"""A duration."""
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""A name: a lower-case letter, then letters, digits and `_`, 40 characters at most."""

_ATTRIBUTE = re.compile(r"^    (\w+(?:, \w+)*): (.*(?:\n {8}.*)*)", re.MULTILINE)


class Settings(BaseModel):
    """Base of all settings: frozen, and a key that is not declared is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def descriptions(cls) -> dict[str, str]:
        """Return what the docstrings of the class and its bases say of each field."""
        found: dict[str, str] = {}
        for base in reversed(cls.__mro__):
            _, _, attributes = inspect.cleandoc(base.__dict__.get("__doc__") or "").partition("Attributes:\n")
            for names, text in _ATTRIBUTE.findall(attributes):
                found |= dict.fromkeys(names.split(", "), " ".join(text.split()))
        return {name: found[name] for name in cls.model_fields if name in found}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return pydantic's schema, each property with its description."""
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, text in cls.descriptions().items():
            properties[name]["description"] = text
        return schema
