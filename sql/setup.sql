CREATE EXTENSION pgnn;
-- What a statement fails with: SQLSTATE and message, then the hint.
CREATE FUNCTION failure(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	state text;
	message text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN NEXT 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN NEXT state || ': ' || message;
	IF hint <> '' THEN RETURN NEXT '  ' || hint; END IF;
END $$;
