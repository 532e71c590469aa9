"""Which methods the node serves, by name, with what they take.

A namespace is a module that declares its functions once; name, parameters, defaults, conversion and documentation are read
from the function itself:

    api = Namespace("database_api")

    @api.method
    def list_accounts(context: Context, start: Any = None, limit: int = 0, order: str = "not_set") -> Json:
        '''Accounts in the order of `order`, from `start` on.'''

Parameters may come as an array (by position) or as an object (by name), whichever the client prefers: hivemind takes both,
and condenser_api (array) and database_api (object) differ only in what clients send. The rules are those of fc: numbers may
be texts, unknown members are ignored, `null` means "not given" where there is a default.

A method is for everybody unless it is declared as the operator's: `@api.method(operator=True)`, or a whole
`Namespace("devnet_api", operator=True)`. `Registry.public` is what is left for the others.
"""

import inspect
import re
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints, overload

from node.rpc.errors import BadCast, BadNumber, CallRefused, RpcError, UnknownMethod

Converter: TypeAlias = Callable[[Any], Any]
Reading: TypeAlias = tuple[str, Converter | None, dict[str, Any]]  # the type's name, its cast, its JSON Schema
Function = TypeVar("Function", bound=Callable[..., Any])

REQUIRED: Any = inspect.Parameter.empty
_ABSENT: Any = object()
_NUMBER_TEXT = re.compile(r"-?[0-9]{1,20}", re.ASCII)
_INT64_MIN = -(1 << 63)
_UINT64_MAX = (1 << 64) - 1


class Schema:
    """What JSON Schema says of an argument beyond its type, for an annotation or as the `schema` of a cast."""

    __slots__ = ("members",)

    def __init__(self, **members: Any) -> None:
        self.members = members


class Parameter:
    """One parameter of a method: its name in JSON, what converts it, its JSON Schema, and its default."""

    __slots__ = ("convert", "default", "name", "schema", "type_text")

    def __init__(self, name: str, annotation: Any, default: Any) -> None:
        self.name = name.removesuffix("_")  # `from_` in Python is `from` in JSON
        self.default = default
        self.type_text, self.convert, self.schema = _reading_of(annotation)

    @property
    def required(self) -> bool:
        return self.default is REQUIRED

    def value_of(self, value: Any) -> Any:
        """The argument made from a member of the request; null means "not given" where there is a default."""
        if value is None and not self.required:
            return self.default
        if self.convert is None:
            return value
        try:
            return self.convert(value)
        except RpcError as error:
            if type(error) not in (BadCast, BadNumber):
                raise
            # The text is hived's to the letter, since clients match it; the name is told beside it.
            raise type(error)(error.format, **error.data, parameter=self.name) from None

    @property
    def sample(self) -> Any:
        """What get_signature shows: the default, or an empty value of the type."""
        if not self.required:
            return list(self.default) if isinstance(self.default, tuple) else self.default
        return {"int": 0, "str": "", "bool": False, "list": [], "dict": {}}.get(self.type_text)


class Method:
    """A function under its full name, callable with the params member of a request."""

    __slots__ = (
        "_count_required",
        "_plain",
        "bare_object",
        "boxed",
        "doc",
        "for_operator",
        "function",
        "is_async",
        "is_heavy",
        "is_slow",
        "name",
        "parameters",
        "positional",
        "wrapped",
    )

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        *,
        positional: bool,
        bare_object: bool = False,
        boxed: bool = False,
        wrapped: bool = False,
        heavy: bool = False,
        for_operator: bool = False,
    ) -> None:
        self.name = name
        self.function = function
        self.for_operator = for_operator
        self.positional = positional
        self.bare_object = bare_object
        self.boxed = boxed
        self.wrapped = wrapped
        self.is_async = inspect.iscoroutinefunction(function)
        self.is_heavy = heavy
        self.is_slow = self.is_async or heavy  # what cannot be answered at once
        self.doc = inspect.getdoc(function) or ""
        hints = get_type_hints(function, include_extras=True)
        declared = list(inspect.signature(function).parameters.values())[1:]  # the first is the context
        self.parameters = tuple(Parameter(p.name, hints.get(p.name, Any), p.default) for p in declared)
        self._count_required = sum(p.required for p in self.parameters)
        self._plain = not self.parameters

    def __call__(self, context: Any, params: Any) -> Any:
        """Call the function with an array or object of parameters; absent ones are None."""
        if self._plain and not params:
            return self.function(context)
        if type(params) is list:
            arguments = self._unwrapped(params) if self.wrapped else params
            return self.function(context, *self._by_position(arguments))
        if params is None or type(params) is dict:
            return self.function(context, *self._by_name(params or {}))
        raise BadCast("Params are an array or an object, not ${type}", type=json_type(params))

    def _by_position(self, params: list[Any]) -> list[Any]:
        parameters = self.parameters
        count = len(params)
        if self.boxed and count == 1 and type(params[0]) is dict:
            return self._by_name(params[0])
        if not self._count_required <= count <= len(parameters):
            if count == 1 and params[0] in ("", None, []):  # `[""]`, `[[]]`, `[null]`: "no arguments" of old libraries
                return self._by_position([])
            raise CallRefused(
                "Expected ${expected} argument(s), was ${n}",
                expression=f"args.size() == {self._count_text}",
                expected=self._count_text,
                n=count,
            )
        given = [parameter.value_of(value) for parameter, value in zip(parameters, params, strict=False)]
        return given + [parameter.default for parameter in parameters[count:]]

    def _unwrapped(self, params: list[Any]) -> list[Any]:
        """The arguments of `[[argument, …], lock]`. The lock is hived's own matter, and so is an argument too many."""
        parameters = self.parameters
        if not parameters:
            return []
        arguments = params[0] if params else None
        if not isinstance(arguments, list):
            raise CallRefused(
                "${method} needs at least one argument",
                expression="args.get_array().at(0).is_array()",
                method=self.name.partition(".")[2],
            )
        if len(arguments) < self._count_required:
            raise CallRefused(
                "Array is of invalid size: ${size}. Required: ${req}",
                expression="v.get_array().size() >= length_required",
                size=len(arguments),
                req=self._count_required,
            )
        return arguments[: len(parameters)]

    def _by_name(self, params: Mapping[str, Any]) -> list[Any]:
        if self.bare_object and self.parameters[0].name not in params:
            return self._by_position([params])
        arguments = []
        for parameter in self.parameters:
            value = params.get(parameter.name, _ABSENT)
            if value is not _ABSENT:
                arguments.append(parameter.value_of(value))
            elif parameter.required:
                raise CallRefused(
                    "Missing parameter ${parameter}", expression="missing_parameter", parameter=parameter.name
                )
            else:
                arguments.append(parameter.default)
        return arguments

    @property
    def _count_text(self) -> str:
        least, most = self._count_required, len(self.parameters)
        return str(most) if least == most else f"{least} to {most}"

    @property
    def signature(self) -> dict[str, Any]:
        """What jsonrpc.get_signature answers: a skeleton of the arguments; `ret` is empty, shapes are in the docs."""
        if self.positional:
            samples = [parameter.sample for parameter in self.parameters]
            return {"args": [samples] if self.wrapped else samples, "ret": {}}
        return {"args": {parameter.name: parameter.sample for parameter in self.parameters}, "ret": {}}


class Namespace:
    """An API: methods under one prefix.

    `positional` says how clients send parameters, for the docs; both ways are taken. `wrapped`: an array of parameters comes within
    another one, as wallets of hived send it. What acts on the node, or tells what only its operator should know, is `operator`'s: one
    method, or all of them.
    """

    def __init__(self, name: str, *, positional: bool = False, wrapped: bool = False, operator: bool = False) -> None:
        self.name = name
        self.positional = positional or wrapped
        self.wrapped = wrapped
        self.operator = operator
        self.methods: dict[str, Method] = {}

    @overload
    def method(self, function: Function) -> Function: ...

    @overload
    def method(
        self,
        function: None = None,
        *,
        name: str | None = None,
        bare_object: bool = False,
        boxed: bool = False,
        heavy: bool = False,
        operator: bool = False,
    ) -> Callable[[Function], Function]: ...

    def method(
        self,
        function: Function | None = None,
        *,
        name: str | None = None,
        bare_object: bool = False,
        boxed: bool = False,
        heavy: bool = False,
        operator: bool = False,
    ) -> Function | Callable[[Function], Function]:
        """Register a function `(context, …parameters)`, sync or async, and hand it back unchanged.

        `name` where it differs from the function's; `bare_object` where clients send the only parameter, an object,
        without the array around it; `boxed` where they send the object of all parameters within an array
        (`get_discussions_by_*`); `heavy` where one call may read so much that blocks would wait for it: it runs beside
        the loop, and sees no pending transactions (node.rpc.readers); `operator` where not everybody may call it.
        """
        if function is not None:
            self.add(function)
            return function

        def register(function: Function) -> Function:
            self.add(function, name=name, bare_object=bare_object, boxed=boxed, heavy=heavy, operator=operator)
            return function

        return register

    def add(
        self,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        bare_object: bool = False,
        boxed: bool = False,
        heavy: bool = False,
        operator: bool = False,
    ) -> None:
        """The same as a call: for a function that is served under two names."""
        short_name: str = name or function.__name__
        if short_name in self.methods:
            raise ValueError(f"{self.name}.{short_name} is registered twice")
        full_name = f"{self.name}.{short_name}"
        self.methods[short_name] = Method(
            full_name,
            function,
            positional=self.positional,
            bare_object=bare_object,
            boxed=boxed,
            wrapped=self.wrapped,
            heavy=heavy,
            for_operator=operator or self.operator,
        )


class Registry:
    """All namespaces of a node, and the `jsonrpc` namespace that tells about them."""

    def __init__(
        self, namespaces: Iterable[Namespace] = (), left_out: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """`left_out`: why methods or whole namespaces that clients may look for are not served."""
        self.methods: dict[str, Method] = {}
        self._left_out = left_out
        self._namespace_names: set[str] = set()
        self._about: list[Callable[[Registry], Namespace]] = []
        for namespace in (*namespaces, self._introspection()):
            self.include(namespace)

    def include(self, namespace: Namespace) -> None:
        """Serve a namespace; several modules may fill the same one."""
        self._namespace_names.add(namespace.name)
        for method in namespace.methods.values():
            if method.name in self.methods:
                raise ValueError(f"{method.name} is registered twice")
            self.methods[method.name] = method

    def include_about(self, make: Callable[["Registry"], Namespace]) -> None:
        """Serve a namespace that tells of the methods that this registry has."""
        self._about.append(make)
        self.include(make(self))

    def public(self) -> "Registry":
        """The same without what is the operator's: to everybody else those methods do not exist."""
        public = Registry(left_out=self._left_out)
        for make in self._about:
            public.include_about(make)
        public._namespace_names |= self._namespace_names
        for name, method in self.methods.items():
            if not method.for_operator:
                public.methods.setdefault(name, method)  # what tells of methods is its own, and tells of these only
        return public

    def find(self, full_name: str) -> Method:
        """The method, or UnknownMethod in hived's words, which clients match."""
        method = self.methods.get(full_name)
        if method is not None:
            return method
        parts = full_name.split(".")
        if len(parts) != 2:
            raise UnknownMethod(
                "method specification invalid. Should be api.method",
                expression="v.size() == 2",
                assert_hash="14981283872383296705",
            )
        if parts[0] not in self._namespace_names:
            raise UnknownMethod(
                "Could not find API ${api}",
                expression="api_itr != data._registered_apis.end()",
                assert_hash="13750519470524334703",
                api=parts[0],
                **self._reason(parts[0]),
            )
        raise UnknownMethod(
            "Could not find method ${method}",
            expression="method_itr != api_itr->second.end()",
            method=parts[1],
            **self._reason(full_name),
        )

    def _reason(self, name: str) -> dict[str, Any]:
        """Why there is no such thing, where we know: beside hived's text, which clients match."""
        return {"reason": self._left_out[name]} if name in self._left_out else {}

    def _introspection(self) -> Namespace:
        api = Namespace("jsonrpc")

        @api.method
        def get_methods(_context: Any) -> list[str]:
            """The names of all methods this node serves."""
            return sorted(self.methods)

        @api.method
        def get_signature(_context: Any, method: str) -> dict[str, Any]:
            """A skeleton of the arguments of a method."""
            found = self.methods.get(method)
            if found is None:
                raise CallRefused("Method ${method} does not exist", expression="unknown_method", method=method)
            return found.signature

        return api


# --- fc's casts: what hived makes of a JSON value of another type than it expects


def as_int(value: Any) -> int:
    """An integer of at most 64 bits, also from its text (clients send weights, masks and ids as texts)."""
    if isinstance(value, int):
        number = int(value)
    elif isinstance(value, str):
        if not _NUMBER_TEXT.fullmatch(value):
            raise BadNumber("Couldn't parse int64_t")
        number = int(value)
    elif isinstance(value, float) and value.is_integer() and abs(value) <= 1 << 53:
        number = int(value)
    else:
        raise BadCast("Invalid cast from ${type} to int", type=json_type(value))
    if not _INT64_MIN <= number <= _UINT64_MAX:
        raise BadNumber("Couldn't parse int64_t")
    return number


def as_text(value: Any) -> str:
    """A text; numbers and booleans become theirs."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if value is None:
        return ""
    raise BadCast("Invalid cast from ${type} to string", type=json_type(value))


def as_bool(value: Any) -> bool:
    """A boolean, also from a number or the words."""
    if isinstance(value, int):
        return bool(value)
    if value in ("true", "false"):
        return bool(value == "true")
    if isinstance(value, str):
        raise BadCast('Cannot convert string to bool (only "true" or "false" can be converted)')
    raise BadCast("Invalid cast from ${type} to bool", type=json_type(value))


def as_list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    raise BadCast("Invalid cast from ${type} to array", type=json_type(value))


def as_object(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise BadCast("Invalid cast from ${type} to object", type=json_type(value))


_READINGS: dict[Any, Reading] = {
    int: ("int", as_int, {"type": "integer"}),
    str: ("str", as_text, {"type": "string"}),
    bool: ("bool", as_bool, {"type": "boolean"}),
    list: ("list", as_list, {"type": "array"}),
    Sequence: ("list", as_list, {"type": "array"}),  # for a default of ()
    dict: ("dict", as_object, {"type": "object"}),
}
_ANYTHING: Reading = ("any", None, {})


def json_type(value: Any) -> str:
    """The word of fc for the type of a JSON value."""
    names = {dict: "object_type", list: "array_type", str: "string_type", bool: "bool_type", int: "int64_type"}
    return names.get(type(value), "double_type" if isinstance(value, float) else "null_type")


def _reading_of(annotation: Any) -> Reading:
    """What an annotation says: `int`, `list[str]`, `str | None`, or `Annotated[type, cast, Schema(…)]`."""
    origin = get_origin(annotation)
    if origin is Annotated:
        base, *extras = get_args(annotation)
        type_text, usual_cast, schema = _reading_of(base)
        cast = next((extra for extra in extras if callable(extra)), usual_cast)
        told = [extra for extra in (*extras, getattr(cast, "schema", None)) if isinstance(extra, Schema)]
        return type_text, cast, schema | (told[0].members if told else {})
    if origin in (Union, types.UnionType):
        options = [option for option in get_args(annotation) if option is not type(None)]
        return _reading_of(options[0]) if len(options) == 1 else _ANYTHING
    return _READINGS.get(origin or annotation, _ANYTHING)
