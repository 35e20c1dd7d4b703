/*
 * module.c: what PostgreSQL looks for when it loads the library: the magic block and the settings.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/guc.h"

#include "compat.h"
#include "module.h"
#include "networks.h"

PGNN_MODULE_MAGIC;

void _PG_init(void);

static int threads = 0;
static char *simd = NULL;

int
threads_allowed(void)
{
	int count = threads > 0 ? threads : max_parallel_maintenance_workers + 1;

	return Min(count, nn_processors());
}

static bool
check_simd(char **value, void **extra, GucSource source)
{
	if (nn_use_simd(*value, true))
		return true;
	GUC_check_errdetail("This processor, or this build, hasn't got it.");
	GUC_check_errhint("It can be auto, baseline, avx2 or avx512, as far as the processor goes.");
	return false;
}

static void
assign_simd(const char *value, void *extra)
{
	nn_use_simd(value, false);
}

void
_PG_init(void)
{
	DefineCustomIntVariable("pgnn.threads", "Threads that one nn_train may use.",
							"0: max_parallel_maintenance_workers + 1. Never more than there are "
							"processors. The model is the same with any number.",
							&threads, 0, 0, 1024, PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("pgnn.simd", "Instruction set that networks are computed with.",
							   "auto: the best that the processor has; otherwise baseline, avx2 or "
							   "avx512. Results differ in the last digits.",
							   &simd, "auto", PGC_USERSET, GUC_NOT_IN_SAMPLE, check_simd,
							   assign_simd, NULL);
	DefineCustomIntVariable("pgnn.cache_size",
							"Models whose networks a session keeps ready to predict.",
							"Those used last are kept. 0: none; each query reads its models again.",
							&networks_kept, 16, 0, 10000, PGC_USERSET, 0, NULL, NULL, NULL);
	MarkGUCPrefixReserved("pgnn");
}
