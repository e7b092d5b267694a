// As much of Bela's API (github.com/BelaPlatform/Bela, include/Bela.h) as systemd/bela/render.cpp uses, under the same
// names and types, so that it can be compiled and run on any Linux.
#pragma once

#include <cstdint>

#define BELA_FLAG_INTERLEAVED (1 << 0)

struct BelaContext {
    const float *const audioIn;
    float *const audioOut;
    const uint32_t audioFrames;
    const uint32_t audioInChannels;
    const uint32_t audioOutChannels;
    const float audioSampleRate;
    const uint64_t audioFramesElapsed;
    const uint32_t flags;
};

using AuxiliaryTask = void *;

AuxiliaryTask Bela_createAuxiliaryTask(void (*callback)(void *), int priority, const char *name, void *arg = nullptr);
int Bela_scheduleAuxiliaryTask(AuxiliaryTask task);

bool setup(BelaContext *context, void *userData);
void render(BelaContext *context, void *userData);
void cleanup(BelaContext *context, void *userData);

static inline float audioRead(BelaContext *context, int frame, int channel) {
    return context->audioIn[frame * context->audioInChannels + channel];
}
