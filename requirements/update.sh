#!/bin/sh
# Pins what pyproject.toml asks for, with the hashes of every platform's files. Needs uv.
#   requirements/update.sh                         only what changed in pyproject.toml
#   requirements/update.sh --upgrade               everything to the newest release
#   requirements/update.sh --upgrade-package NAME  one package
set -eu
cd "$(dirname "$0")/.."

pin() {
    target=$1
    shift
    uv pip compile --quiet --universal --generate-hashes --no-annotate \
        --no-emit-index-url --no-emit-find-links --custom-compile-command requirements/update.sh \
        --output-file "$target" "$@"
}

# The largest set first: the others take their versions from it.
pin requirements/dev.txt pyproject.toml --extra embedded --group dev "$@"
pin requirements/quickstart.txt pyproject.toml --extra embedded --group build --constraint requirements/dev.txt
pin requirements/runtime.txt pyproject.toml --constraint requirements/dev.txt
# What makes the wheel, in the image's first stage, where nothing else of the project is needed.
pin requirements/build.txt --group pyproject.toml:build --constraint requirements/dev.txt
