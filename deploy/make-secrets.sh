#!/bin/sh
# Makes what is missing in the folder `secrets`, which docker-compose.yml reads: passwords that nobody has to know.
set -eu

folder=${1:-secrets}

secret() { # <name> <value>
    if [ -e "$folder/$1" ]; then
        printf '✓ %s/%s is there already\n' "$folder" "$1"
    else
        printf '%s' "$2" >"$folder/$1"
        # A container's user reads the file itself, which keeps its mode; the folder keeps everybody else out.
        chmod 644 "$folder/$1"
        printf '✓ %s/%s is made\n' "$folder" "$1"
    fi
}

made_up() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

mkdir -p "$folder"
chmod 700 "$folder"
secret postgres_password "$(made_up)"
secret database_url "postgresql://placeops:$(cat "$folder/postgres_password")@db:5432/placeops"
secret redis_url redis://redis:6379/0
secret grafana_password "$(made_up)"
