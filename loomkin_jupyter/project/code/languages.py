"""The languages whose symbols we read: file endings, grammar, and one query for definitions and references.

A query captures *names*: ``@def.KIND`` where something is defined (its parent is the definition), ``@ref`` where a name is
used. Grammars are loaded when the first file of their language is met.
"""

from __future__ import annotations

import importlib
from functools import cache

import msgspec
from tree_sitter import Language, Parser, Query


class Grammar(msgspec.Struct, frozen=True):
    """A language: ``module`` is the wheel's, ``factory`` the function in it that gives the grammar."""

    name: str
    module: str
    endings: tuple[str, ...]
    query: str
    factory: str = "language"


_PYTHON = """
(class_definition name: (identifier) @def.class)
(function_definition name: (identifier) @def.function)
(module (expression_statement (assignment left: (identifier) @def.variable)))
(call function: (identifier) @ref)
(call function: (attribute attribute: (identifier) @ref))
(import_from_statement name: (dotted_name (identifier) @ref))
(import_from_statement name: (aliased_import name: (dotted_name (identifier) @ref)))
(class_definition superclasses: (argument_list (identifier) @ref))
(class_definition superclasses: (argument_list (attribute attribute: (identifier) @ref)))
(decorator (identifier) @ref)
(type (identifier) @ref)
(attribute object: (identifier) @ref)
"""

_JAVASCRIPT = """
(function_declaration name: (identifier) @def.function)
(generator_function_declaration name: (identifier) @def.function)
(class_declaration name: (_) @def.class)
(method_definition name: (property_identifier) @def.method)
(variable_declarator name: (identifier) @def.function value: [(arrow_function) (function_expression)])
(program (lexical_declaration (variable_declarator name: (identifier) @def.variable)))
(program (export_statement (lexical_declaration (variable_declarator name: (identifier) @def.variable))))
(call_expression function: (identifier) @ref)
(call_expression function: (member_expression property: (property_identifier) @ref))
(new_expression constructor: (identifier) @ref)
(import_specifier name: (identifier) @ref)
"""

_TYPESCRIPT = (
    _JAVASCRIPT
    + """
(abstract_class_declaration name: (type_identifier) @def.class)
(interface_declaration name: (type_identifier) @def.interface)
(type_alias_declaration name: (type_identifier) @def.type)
(enum_declaration name: (identifier) @def.enum)
(function_signature name: (identifier) @def.function)
(method_signature name: (property_identifier) @def.method)
(abstract_method_signature name: (property_identifier) @def.method)
(type_annotation (type_identifier) @ref)
(extends_clause value: (identifier) @ref)
(implements_clause (type_identifier) @ref)
"""
)

_GO = """
(function_declaration name: (identifier) @def.function)
(method_declaration name: (field_identifier) @def.method)
(type_spec name: (type_identifier) @def.type)
(source_file (const_declaration (const_spec name: (identifier) @def.constant)))
(source_file (var_declaration (var_spec name: (identifier) @def.variable)))
(call_expression function: (identifier) @ref)
(call_expression function: (selector_expression field: (field_identifier) @ref))
(type_identifier) @ref
"""

_RUST = """
(function_item name: (identifier) @def.function)
(function_signature_item name: (identifier) @def.function)
(struct_item name: (type_identifier) @def.struct)
(enum_item name: (type_identifier) @def.enum)
(union_item name: (type_identifier) @def.union)
(trait_item name: (type_identifier) @def.trait)
(type_item name: (type_identifier) @def.type)
(mod_item name: (identifier) @def.module)
(const_item name: (identifier) @def.constant)
(static_item name: (identifier) @def.variable)
(macro_definition name: (identifier) @def.macro)
(call_expression function: (identifier) @ref)
(call_expression function: (field_expression field: (field_identifier) @ref))
(call_expression function: (scoped_identifier name: (identifier) @ref))
(macro_invocation macro: (identifier) @ref)
(type_identifier) @ref
"""

_RUBY = """
(class name: (constant) @def.class)
(class name: (scope_resolution name: (constant) @def.class))
(module name: (constant) @def.module)
(method name: (_) @def.method)
(singleton_method name: (_) @def.method)
(assignment left: (constant) @def.constant)
(call method: (identifier) @ref)
(constant) @ref
"""

_ELIXIR = """
((call target: (identifier) @_kind (arguments (alias) @def.module))
  (#any-of? @_kind "defmodule" "defprotocol" "defimpl"))
((call target: (identifier) @_kind (arguments [
    (identifier) @def.function
    (call target: (identifier) @def.function)
    (binary_operator left: (call target: (identifier) @def.function) operator: "when")
    (binary_operator left: (identifier) @def.function operator: "when")]))
  (#any-of? @_kind "def" "defp" "defmacro" "defmacrop" "defguard" "defguardp" "defdelegate"))
(call target: (identifier) @ref)
(call target: (dot right: (identifier) @ref))
(alias) @ref
"""

_JULIA = """
(function_definition (signature (call_expression . (identifier) @def.function)))
(function_definition (signature (where_expression (call_expression . (identifier) @def.function))))
(function_definition (signature (typed_expression (call_expression . (identifier) @def.function))))
(assignment . (call_expression . (identifier) @def.function))
(macro_definition (signature (call_expression . (identifier) @def.macro)))
(struct_definition (type_head (identifier) @def.struct))
(struct_definition (type_head (binary_expression . (identifier) @def.struct)))
(struct_definition (type_head (parametrized_type_expression . (identifier) @def.struct)))
(struct_definition (type_head (binary_expression . (parametrized_type_expression . (identifier) @def.struct))))
(abstract_definition (type_head (identifier) @def.type))
(module_definition name: (identifier) @def.module)
(const_statement (assignment . (identifier) @def.constant))
(call_expression . (identifier) @ref)
(call_expression . (field_expression (identifier) @ref .))
(macrocall_expression (macro_identifier (identifier) @ref))
"""

_BASH = """
(function_definition name: (word) @def.function)
(program (variable_assignment name: (variable_name) @def.variable))
(command name: (command_name (word) @ref))
"""

GRAMMARS: tuple[Grammar, ...] = (
    Grammar("Python", "tree_sitter_python", (".py", ".pyi", ".pyw"), _PYTHON),
    Grammar("JavaScript", "tree_sitter_javascript", (".js", ".jsx", ".mjs", ".cjs"), _JAVASCRIPT),
    Grammar("TypeScript", "tree_sitter_typescript", (".ts", ".mts", ".cts"), _TYPESCRIPT, "language_typescript"),
    Grammar("TSX", "tree_sitter_typescript", (".tsx",), _TYPESCRIPT, "language_tsx"),
    Grammar("Go", "tree_sitter_go", (".go",), _GO),
    Grammar("Rust", "tree_sitter_rust", (".rs",), _RUST),
    Grammar("Ruby", "tree_sitter_ruby", (".rb", ".rake"), _RUBY),
    Grammar("Elixir", "tree_sitter_elixir", (".ex", ".exs"), _ELIXIR),
    Grammar("Julia", "tree_sitter_julia", (".jl",), _JULIA),
    Grammar("Bash", "tree_sitter_bash", (".sh", ".bash"), _BASH),
)

_BY_ENDING = {ending: grammar for grammar in GRAMMARS for ending in grammar.endings}


def grammar_of(path: str) -> Grammar | None:
    """Return the grammar of a file by its ending, or None."""
    dot = path.rfind(".")
    return _BY_ENDING.get(path[dot:].lower()) if dot >= 0 else None


@cache
def loaded(grammar: Grammar) -> tuple[Parser, Query]:
    """Return the parser and the query of a grammar; a parser belongs to one thread at a time."""
    pointer: object = getattr(importlib.import_module(grammar.module), grammar.factory)()
    language = Language(pointer)
    return Parser(language), Query(language, grammar.query)
