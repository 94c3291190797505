"""`dataclass` that starts up fast: the classes that `dataclasses.dataclass` makes, with less compiled at import. Adds nothing to them.

The standard decorator compiles up to six functions for each class, half a millisecond and more; preflight defines some two hundred classes before it reads the
first file. Here only `__init__` is compiled. Comparison, hash, representation and the refusal to change are shared functions that look at the fields.
Type checkers see the standard decorator.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import sys
    from dataclasses import _FIELD, MISSING, Field, FrozenInstanceError, field
    from operator import attrgetter

    _SET = object.__setattr__
    _KEY = "__preflight_key__"

    def dataclass(cls=None, /, *, frozen=False, slots=False, eq=True, repr=True, kw_only=False):
        """As `dataclasses.dataclass`; of its options those that are used here."""

        def decorate(cls):
            return _process(cls, frozen, slots, eq, repr, kw_only)

        return decorate if cls is None else decorate(cls)

    if sys.version_info >= (3, 14):
        from annotationlib import Format, get_annotations

        def _annotations(cls):
            return get_annotations(cls, format=Format.FORWARDREF)

    else:

        def _annotations(cls):
            return cls.__dict__.get("__annotations__", {})  # noqa: RUF063 (inspect is what is not to be imported)

    def _is_class_variable(annotation):
        text = annotation if isinstance(annotation, str) else str(annotation)
        return "ClassVar" in text.partition("[")[0]

    def _process(cls, frozen, slots, eq, show, kw_only):
        fields = {}
        for base in reversed(cls.__mro__[1:]):
            fields.update(getattr(base, "__dataclass_fields__", {}))
        own = []
        for name, annotation in _annotations(cls).items():
            if _is_class_variable(annotation):
                continue
            default = cls.__dict__.get(name, MISSING)
            found = default if isinstance(default, Field) else field(default=default)
            found.name, found.type, found._field_type = name, annotation, _FIELD
            if found.kw_only is MISSING:
                found.kw_only = kw_only
            if isinstance(default, Field):
                if default.default is MISSING:
                    delattr(cls, name)
                else:
                    setattr(cls, name, default.default)
            fields[name] = found
            own.append(name)
        body = {
            "__dataclass_fields__": fields,
            "__match_args__": tuple(name for name, each in fields.items() if each.init and not each.kw_only),
            "__init__": _init(cls, fields, frozen),
        }
        if show and "__repr__" not in cls.__dict__:
            body["__repr__"] = _repr
        if eq:
            compared = [name for name, each in fields.items() if each.compare]
            body[_KEY] = staticmethod(_key(compared))
            if "__eq__" not in cls.__dict__:
                body["__eq__"] = _eq
            if "__hash__" not in cls.__dict__ or cls.__dict__["__hash__"] is None:
                body["__hash__"] = _hash if frozen else None
        if frozen:
            body["__setattr__"], body["__delattr__"] = _refuse_set, _refuse_delete
        if slots:
            return _with_slots(cls, own, body, frozen)
        for name, value in body.items():
            setattr(cls, name, value)
        return cls

    def _init(cls, fields, frozen):
        scope = {"_MISSING": MISSING, "_SET": _SET}
        ordered = [each for each in fields.values() if each.init and not each.kw_only]
        keywords = [each for each in fields.values() if each.init and each.kw_only]
        parameters = ["self", *(_parameter(each, scope) for each in ordered)]
        if keywords:
            parameters += ["*", *(_parameter(each, scope) for each in keywords)]
        lines = []
        for each in fields.values():
            name = each.name
            if each.default_factory is not MISSING:
                scope[f"_f_{name}"] = each.default_factory
                value = f"_f_{name}() if {name} is _MISSING else {name}" if each.init else f"_f_{name}()"
            elif each.init:
                value = name
            else:
                continue
            lines.append(f" _SET(self, {name!r}, {value})" if frozen else f" self.{name} = {value}")
        if hasattr(cls, "__post_init__"):
            lines.append(" self.__post_init__()")
        exec(f"def __init__({', '.join(parameters)}):\n" + ("\n".join(lines) or " pass"), scope)  # noqa: S102
        function = scope["__init__"]
        function.__qualname__ = f"{cls.__qualname__}.__init__"
        function.__module__ = cls.__module__
        return function

    def _parameter(each, scope):
        if each.default is not MISSING:
            scope[f"_d_{each.name}"] = each.default
            return f"{each.name}=_d_{each.name}"
        return f"{each.name}=_MISSING" if each.default_factory is not MISSING else each.name

    def _with_slots(cls, own, body, frozen):
        inherited = {name for base in cls.__mro__[1:-1] for name in getattr(base, "__slots__", ())}
        attributes = {name: value for name, value in cls.__dict__.items() if name not in ("__dict__", "__weakref__")}
        for name in own:
            attributes.pop(name, None)
        attributes.update(body)
        attributes["__slots__"] = tuple(name for name in own if name not in inherited)
        if frozen:
            attributes.setdefault("__getstate__", _get_state)
            attributes.setdefault("__setstate__", _set_state)
        made = type(cls)(cls.__name__, cls.__bases__, attributes)
        made.__qualname__ = cls.__qualname__
        return made

    def _repr(self):
        shown = (f"{name}={getattr(self, name)!r}" for name, each in self.__dataclass_fields__.items() if each.repr)
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def _key(names):
        """A function that gives the values of some fields as a tuple: tuples take one and the same NaN for equal, as the standard ones do."""
        if not names:
            return lambda _: ()
        get = attrgetter(*names)
        return get if len(names) > 1 else lambda each: (get(each),)

    def _eq(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        key = self.__preflight_key__
        return key(self) == key(other)

    def _hash(self):
        return hash(self.__preflight_key__(self))

    def _refuse_set(self, name, value):
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_delete(self, name):
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def _get_state(self):
        return [getattr(self, name) for name in self.__dataclass_fields__]

    def _set_state(self, state):
        for name, value in zip(self.__dataclass_fields__, state, strict=True):
            _SET(self, name, value)


__all__ = ["dataclass"]
