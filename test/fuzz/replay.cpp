/*
 * replay.cpp: gives a fuzzer, with which it is linked, the inputs that were worth keeping:
 * replay_NAME DIRECTORY. Says which one it was where it aborts.
 */
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace
{

std::string input;

void
say_which(int)
{
	if (write(STDERR_FILENO, input.data(), input.size()) < 0)
		_exit(2);
}

} // namespace

int
main(int argc, char **argv)
{
	int count = 0;

	std::signal(SIGABRT, say_which);
	for (int i = 1; i < argc; i++)
		for (const auto &entry : std::filesystem::directory_iterator(argv[i]))
		{
			input = "not ok - " + entry.path().string() + "\n";
			std::ifstream file(entry.path(), std::ios::binary);
			const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
			LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
			count++;
		}
	printf("%d checks passed, %d failed\n", count, count == 0 ? 1 : 0);
	return count == 0;
}
