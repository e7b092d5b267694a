// Stands in for Bela's core: calls setup, render and cleanup with real blocks at the pace of a clock.
//
//   host PCM BLOCK [STALL_MS]
//
// PCM is a file of 16-bit mono samples, heard on both inputs: the second one upside down. Auxiliary tasks run in
// threads of their own, STALL_MS late. A call that may wait or allocate ends the program when render() makes it.

#include "Bela.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <new>
#include <semaphore.h>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace {

constexpr float kRate = 44100.0f;
constexpr unsigned kChannels = 2;

thread_local bool rendering = false;
int stall_ms = 0;
bool stopping = false;

struct Task {
    void (*callback)(void *);
    void *argument;
    sem_t wanted;
    std::thread thread;
};
std::vector<std::unique_ptr<Task>> tasks;

void forbid(const char *call) {
    if (rendering) {
        rendering = false;
        fprintf(stderr, "render() called %s\n", call);
        abort();
    }
}

void serve(Task *task) {
    for (;;) {
        sem_wait(&task->wanted);
        std::this_thread::sleep_for(std::chrono::milliseconds(stall_ms));
        task->callback(task->argument);
        if (stopping)
            return;
    }
}

} // namespace

// The linker (--wrap) leads the program's calls here first.
extern "C" {
ssize_t __real_sendto(int, const void *, size_t, int, const sockaddr *, socklen_t);
ssize_t __wrap_sendto(int fd, const void *data, size_t size, int flags, const sockaddr *to, socklen_t length) {
    forbid("sendto");
    return __real_sendto(fd, data, size, flags, to, length);
}
void *__real_malloc(size_t);
void *__wrap_malloc(size_t size) {
    forbid("malloc");
    return __real_malloc(size);
}
}

void *operator new(size_t size) {
    forbid("operator new");
    return __real_malloc(size);
}
void operator delete(void *memory) noexcept { free(memory); }
void operator delete(void *memory, size_t) noexcept { free(memory); }

AuxiliaryTask Bela_createAuxiliaryTask(void (*callback)(void *), int, const char *, void *argument) {
    forbid("Bela_createAuxiliaryTask");
    tasks.push_back(std::make_unique<Task>());
    Task *task = tasks.back().get();
    task->callback = callback;
    task->argument = argument;
    sem_init(&task->wanted, 0, 0);
    task->thread = std::thread(serve, task);
    return task;
}

int Bela_scheduleAuxiliaryTask(AuxiliaryTask task) { return sem_post(&static_cast<Task *>(task)->wanted); }

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "host PCM BLOCK [STALL_MS]\n");
        return 2;
    }
    std::ifstream file(argv[1], std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    const auto *pcm = reinterpret_cast<const int16_t *>(bytes.data());
    const auto frames = static_cast<unsigned>(std::atoi(argv[2]));
    stall_ms = argc > 3 ? std::atoi(argv[3]) : 0;

    std::vector<float> in(frames * kChannels), out(frames * kChannels);
    uint64_t elapsed = 0;
    BelaContext start{nullptr, nullptr, frames, kChannels, kChannels, kRate, 0, BELA_FLAG_INTERLEAVED};
    if (!setup(&start, nullptr))
        return 1;
    const auto started = std::chrono::steady_clock::now();
    for (; (elapsed + frames) * sizeof *pcm <= bytes.size(); elapsed += frames) {
        for (unsigned n = 0; n < frames; n++) {
            in[n * kChannels] = static_cast<float>(pcm[elapsed + n]) / 32768.0f;
            in[n * kChannels + 1] = -in[n * kChannels];
        }
        std::this_thread::sleep_until(started + std::chrono::duration<double>(static_cast<double>(elapsed) / kRate));
        BelaContext now{in.data(), out.data(), frames, kChannels, kChannels, kRate, elapsed, BELA_FLAG_INTERLEAVED};
        rendering = true;
        render(&now, nullptr);
        rendering = false;
    }
    stopping = true;
    for (auto &task : tasks) {
        sem_post(&task->wanted);
        task->thread.join();
    }
    cleanup(&start, nullptr);
    printf("%llu frames rendered\n", static_cast<unsigned long long>(elapsed));
    return 0;
}
