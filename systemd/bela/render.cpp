// Sends what a Bela hears to Affetto on another computer, by UDP.
//
// Make a new project in Bela's IDE, replace its render.cpp by this file, set AFFETTO_HOST and run it. On the other
// computer:  affetto run --input 'udp://0.0.0.0:5005?rate=44100&channels=1&format=s16le'
//
// The audio thread only writes into a ring; an auxiliary task, which may wait, sends what is there.

#include <Bela.h>

#include <arpa/inet.h>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef AFFETTO_HOST
#define AFFETTO_HOST "192.168.4.1" // address of the computer that runs Affetto
#endif
#ifndef AFFETTO_PORT
#define AFFETTO_PORT 5005
#endif
#ifndef GUITAR_CHANNEL
#define GUITAR_CHANNEL 0 // audio input of the guitar, from 0
#endif

namespace {

constexpr unsigned kPacketFrames = 256;    // 5.8 ms at 44,100 Hz
constexpr unsigned kRingFrames = 1u << 14; // 0.37 s: a sender that waits for longer loses sound, never the audio thread
constexpr int kSenderPriority = 50;        // below the audio thread

static_assert(kRingFrames % kPacketFrames == 0, "a packet never wraps around the end of the ring");
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "samples are sent as they lie in memory");

int16_t ring[kRingFrames];
// Frames since the start. They wrap around together, which their difference does not notice.
std::atomic<uint32_t> written{0}; // only the audio thread changes it
std::atomic<uint32_t> sent{0};    // only the sender changes it
std::atomic<uint32_t> lost{0};

AuxiliaryTask sender;
int udp = -1;
sockaddr_in affetto{};

void sendPackets(void *) {
    static uint32_t told = 0;

    while (written.load(std::memory_order_acquire) - sent.load(std::memory_order_relaxed) >= kPacketFrames) {
        const uint32_t start = sent.load(std::memory_order_relaxed);
        // What cannot be sent, such as without a network, is gone: late sound is of no use.
        sendto(udp, &ring[start % kRingFrames], kPacketFrames * sizeof(int16_t), MSG_DONTWAIT,
               reinterpret_cast<const sockaddr *>(&affetto), sizeof affetto);
        sent.store(start + kPacketFrames, std::memory_order_release);
    }
    if (const uint32_t now = lost.load(std::memory_order_relaxed); now != told) {
        fprintf(stderr, "affetto: %u frames lost, the sender was kept waiting\n", now - told);
        told = now;
    }
}

int16_t toPcm(float sample) {
    const float scaled = std::fmin(std::fmax(sample * 32768.0f, -32768.0f), 32767.0f);
    return static_cast<int16_t>(std::lrint(scaled));
}

} // namespace

bool setup(BelaContext *context, void *) {
    if (context->audioInChannels <= GUITAR_CHANNEL) {
        fprintf(stderr, "affetto: there is no audio input %d; set GUITAR_CHANNEL\n", GUITAR_CHANNEL);
        return false;
    }
    affetto.sin_family = AF_INET;
    affetto.sin_port = htons(AFFETTO_PORT);
    if (inet_pton(AF_INET, AFFETTO_HOST, &affetto.sin_addr) != 1) {
        fprintf(stderr, "affetto: %s is no address; set AFFETTO_HOST to four numbers\n", AFFETTO_HOST);
        return false;
    }
    udp = socket(AF_INET, SOCK_DGRAM, 0);
    if (udp < 0) {
        perror("affetto: no socket");
        return false;
    }
    sender = Bela_createAuxiliaryTask(sendPackets, kSenderPriority, "affetto-sender", nullptr);
    printf("affetto: sending to %s; there: affetto run --input 'udp://0.0.0.0:%d?rate=%.0f&channels=1&format=s16le'\n",
           AFFETTO_HOST, AFFETTO_PORT, context->audioSampleRate);
    return sender != nullptr;
}

void render(BelaContext *context, void *) {
    const uint32_t start = written.load(std::memory_order_relaxed);

    if (start + context->audioFrames - sent.load(std::memory_order_acquire) > kRingFrames) {
        lost.fetch_add(context->audioFrames, std::memory_order_relaxed);
        return;
    }
    for (unsigned int n = 0; n < context->audioFrames; n++)
        ring[(start + n) % kRingFrames] = toPcm(audioRead(context, n, GUITAR_CHANNEL));
    written.store(start + context->audioFrames, std::memory_order_release);
    if (start / kPacketFrames != (start + context->audioFrames) / kPacketFrames)
        Bela_scheduleAuxiliaryTask(sender);
}

void cleanup(BelaContext *, void *) {
    if (udp >= 0)
        close(udp);
}
