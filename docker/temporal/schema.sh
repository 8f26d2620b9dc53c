#!/bin/sh
# Creates both databases and brings their schema to the server's version. Safe to repeat: each step sees what is done.
set -eu

for name in temporal visibility; do
  database=temporal
  [ "$name" = temporal ] || database=temporal_visibility
  sql() {
    temporal-sql-tool --plugin postgres12 --ep "$SQL_HOST" -p "$SQL_PORT" -u "$SQL_USER" --db "$database" "$@"
  }
  sql create
  sql setup-schema -v 0.0
  sql update-schema -d "/etc/temporal/schema/postgresql/v12/$name/versioned"
done
