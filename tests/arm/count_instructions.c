/* A QEMU plugin (TCG plugin API 1, QEMU 4.2 to 8.x) that counts the instructions a program executes, thread by thread.
 *
 *   qemu-aarch64 -plugin ./count_instructions.so,counts=/tmp/counts PROGRAM
 *
 * The totals stand in the file /tmp/counts.PID, which may be read at any time: for each thread its kernel id
 * and its instructions, as 64-bit numbers. The declarations below are what the API is made of; Debian packages no header for it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))
#define THREADS 256

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
enum { NO_REGISTERS = 0 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned int, void *), int, void *);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);

EXPORTED int qemu_plugin_version = 1;

static struct count {
    uint64_t kernel_id;
    uint64_t instructions;
} *counts;

static atomic_uint threads;
static _Thread_local struct count *own;

/* Every thread writes to a place of its own, so no lock is needed. */
static void executed(unsigned int processor, void *instructions) {
    (void)processor;
    if (own == NULL) {
        unsigned int place = atomic_fetch_add(&threads, 1);
        own = &counts[place < THREADS ? place : THREADS - 1];
        own->kernel_id = (uint64_t)gettid();
    }
    own->instructions += (uintptr_t)instructions;
}

static void translated(plugin_id id, struct qemu_plugin_tb *block) {
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_cb(block, executed, NO_REGISTERS, (void *)qemu_plugin_tb_n_insns(block));
}

EXPORTED int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv) {
    char path[4096];
    int file;

    (void)info;
    if (argc != 1 || strncmp(argv[0], "counts=", 7) != 0) {
        fprintf(stderr, "count_instructions: write -plugin count_instructions.so,counts=PATH\n");
        return -1;
    }
    snprintf(path, sizeof path, "%s.%d", argv[0] + 7, (int)getpid());
    file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || ftruncate(file, THREADS * sizeof *counts) != 0) {
        perror(path);
        return -1;
    }
    counts = mmap(NULL, THREADS * sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (counts == MAP_FAILED) {
        perror(path);
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
