"""The only room that speaks SQL: engine, transactions, tables, migrations, named statements."""
