/*
 * report.c: a model as a page: nn_report_page puts what nn_report has gathered into report.html.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

PG_FUNCTION_INFO_V1(nn_report_page);

/* src/report.html, as the Makefile writes it: a string for each line. */
static const char page[] =
#include "report.html.inc"
	;

/*
 * nn_report_page(data jsonb) -> text: the page with the data in its place, in which no text can end
 * the script element that it stands in.
 */
Datum
nn_report_page(PG_FUNCTION_ARGS)
{
	static const char place[] = ">@DATA@<";
	const char *gap = strstr(page, place) + 1;
	Jsonb *data = PG_GETARG_JSONB_P(0);
	char *json = JsonbToCString(NULL, &data->root, VARSIZE(data));
	StringInfoData text;

	initStringInfo(&text);
	appendBinaryStringInfo(&text, page, (int) (gap - page));
	for (const char *p = json; *p != '\0'; p++)
		if (*p == '<')
			appendStringInfoString(&text, "\\u003c");
		else
			appendStringInfoCharMacro(&text, *p);
	appendStringInfoString(&text, gap + strlen(place) - 2);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(text.data, text.len));
}
