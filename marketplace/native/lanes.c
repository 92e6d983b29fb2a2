/* SHA-256 (FIPS 180-4) of many messages of one length at once: sixteen lanes of a vector take a message each.
 *
 * A message is a prefix and data: prefix_i || data_i, where prefix_i stands at prefix + i * prefix_step and
 * data_i at data + i * data_step. Digest i is written to out + i * out_step. A step of 0 means: the same for all.
 * What is hashed twice, whole and in parts, is loaded and prepared once for both.
 * marketplace/hashing.py calls it, checks it against hashlib when it loads it, and does without where it is missing.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if !defined(__x86_64__) || !defined(__GNUC__) || defined(__clang__)
#error "vectors of sixteen words are only used on x86-64, with GCC; without this library hashlib does the work"
#endif

#include <immintrin.h>

enum { LANES = 16, WORDS = 16, ROUNDS = 64, BLOCK = 64, DIGEST = 32 };

/* Tell whether this processor has vectors of sixteen words. */
int tessera_lanes(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") ? LANES : 0;
}

#pragma GCC push_options
#pragma GCC optimize("O3")
#pragma GCC target("avx512f,avx512bw")

typedef uint32_t lanes __attribute__((vector_size(BLOCK)));

static const uint32_t ROUND[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};
static const uint32_t START[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

#define RIGHT(x, n) (((x) >> (n)) | ((x) << (32 - (n))))
/* Any function of three bits: bit 4a + 2b + c of the table is its value. A compiler finds only some of them. */
#define BITS(a, b, c, table) ((lanes)_mm512_ternarylogic_epi32((__m512i)(a), (__m512i)(b), (__m512i)(c), table))
#define ODD(a, b, c) BITS(a, b, c, 0x96)      /* a ^ b ^ c */
#define CHOICE(a, b, c) BITS(a, b, c, 0xca)   /* a ? b : c */
#define MAJORITY(a, b, c) BITS(a, b, c, 0xe8)

/* Turn the bytes of each word round. */
static inline __attribute__((always_inline)) lanes swapped(lanes x) {
    const __m128i order = _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    return (lanes)_mm512_shuffle_epi8((__m512i)x, _mm512_broadcast_i32x4(order));
}

/* Exchange the blocks of d words that lie off the diagonal of two rows; four such passes transpose 16 x 16 words. */
static inline __attribute__((always_inline)) void exchange(lanes *a, lanes *b, uint32_t d) {
    lanes low, high;
    for (uint32_t c = 0; c < LANES; c++) {
        low[c] = c & d ? LANES + c - d : c;
        high[c] = c & d ? LANES + c : c + d;
    }
    lanes first = __builtin_shuffle(*a, *b, low);
    *b = __builtin_shuffle(*a, *b, high);
    *a = first;
}

/* Prepare the next block of each message: what each round adds. */
static void prepare(lanes out[ROUNDS], const uint8_t *const block[LANES]) {
    lanes w[WORDS];
    for (int i = 0; i < LANES; i++) memcpy(&w[i], block[i], BLOCK);
    for (int i = 0; i < LANES; i += 2) exchange(&w[i], &w[i + 1], 1);
    for (int i = 0; i < LANES; i++) if (!(i & 2)) exchange(&w[i], &w[i + 2], 2);
    for (int i = 0; i < LANES; i++) if (!(i & 4)) exchange(&w[i], &w[i + 4], 4);
    for (int i = 0; i < 8; i++) exchange(&w[i], &w[i + 8], 8);
    for (int i = 0; i < WORDS; i++) w[i] = swapped(w[i]);
#pragma GCC unroll 64
    for (int t = 0; t < ROUNDS; t++) {
        if (t >= WORDS) {
            lanes x = w[(t + 1) & 15], y = w[(t + 14) & 15];
            w[t & 15] += w[(t + 9) & 15] + ODD(RIGHT(x, 7), RIGHT(x, 18), x >> 3)
                       + ODD(RIGHT(y, 17), RIGHT(y, 19), y >> 10);
        }
        out[t] = w[t & 15] + ROUND[t];
    }
}

/* Take a block that was prepared. */
static void take(lanes state[8], const lanes prepared[ROUNDS]) {
    lanes a = state[0], b = state[1], c = state[2], d = state[3];
    lanes e = state[4], f = state[5], g = state[6], h = state[7];
#pragma GCC unroll 64
    for (int t = 0; t < ROUNDS; t++) {
        lanes one = h + prepared[t] + ODD(RIGHT(e, 6), RIGHT(e, 11), RIGHT(e, 25)) + CHOICE(e, f, g);
        lanes two = ODD(RIGHT(a, 2), RIGHT(a, 13), RIGHT(a, 22)) + MAJORITY(a, b, c);
        h = g; g = f; f = e; e = d + one;
        d = c; c = b; b = a; a = one + two;
    }
    state[0] += a; state[1] += b; state[2] += c; state[3] += d;
    state[4] += e; state[5] += f; state[6] += g; state[7] += h;
}

static void start(lanes state[8]) {
    for (int i = 0; i < 8; i++) state[i] = START[i] - (lanes){0};
}

/* Write the digests of the first lanes. */
static void finish(const lanes state[8], size_t used, uint8_t *out, size_t out_step) {
    for (int k = 0; k < 8; k++) {
        const lanes words = swapped(state[k]);
        for (size_t i = 0; i < used; i++) {
            const uint32_t word = words[i];
            memcpy(out + i * out_step + 4 * k, &word, 4);
        }
    }
}

/* Write the length of a message at the end of its last block. */
static void put_size(uint8_t *block, size_t size) {
    for (int k = 0; k < 8; k++) block[BLOCK - 1 - k] = (uint8_t)((uint64_t)size * 8 >> (8 * k));
}

/* Prepare the block behind messages of whole blocks. */
static void prepare_end(lanes out[ROUNDS], size_t size) {
    uint8_t end[BLOCK] = {0x80};
    const uint8_t *block[LANES];
    put_size(end, size);
    for (int i = 0; i < LANES; i++) block[i] = end;
    prepare(out, block);
}

/* Hash sixteen stretches of `size` bytes that follow each other, and the parts of `part` bytes that follow each other
 * from one block later on, as many as in the stretches; both sizes are whole blocks, and the parts fill a stretch. */
void tessera_hash_both(const uint8_t *data, size_t size, size_t part, uint8_t *out, uint8_t *parts, size_t parts_step) {
    const size_t blocks = size / BLOCK, each = part / BLOCK;
    lanes prepared[ROUNDS], part_end[ROUNDS], whole[8], state[8];
    prepare_end(part_end, part);
    start(whole);
    start(state);
    for (size_t n = 0; n <= blocks; n++) {
        const uint8_t *block[LANES];
        for (size_t i = 0; i < LANES; i++) block[i] = data + i * size + n * BLOCK;
        prepare(prepared, block);
        if (n < blocks) take(whole, prepared);
        if (n == 0) continue; /* the end of a part that began one stretch before; the last turn takes it there */
        take(state, prepared);
        if (n % each) continue;
        take(state, part_end);
        finish(state, LANES, parts + (n / each - 1) * parts_step, size / part * parts_step);
        start(state);
    }
    prepare_end(prepared, size);
    take(whole, prepared);
    finish(whole, LANES, out, DIGEST);
}

/* Copy the part of `from` (which stands at `at` in the message) that lies in the block that starts at `start`. */
static void overlap(uint8_t *block, size_t start, const uint8_t *from, size_t at, size_t size) {
    size_t low = at > start ? at : start, high = at + size < start + BLOCK ? at + size : start + BLOCK;
    if (low < high) memcpy(block + (low - start), from + (low - at), high - low);
}

void tessera_hash_each(const uint8_t *prefix, size_t prefix_step, size_t prefix_size, const uint8_t *data,
                       size_t data_step, size_t data_size, size_t count, uint8_t *out, size_t out_step) {
    const size_t size = prefix_size + data_size, blocks = (size + 8) / BLOCK + 1;
    uint8_t rest[LANES][BLOCK];
    for (size_t first = 0; first < count; first += LANES) {
        const size_t used = count - first < LANES ? count - first : LANES;
        const uint8_t *before[LANES], *body[LANES], *block[LANES];
        for (size_t i = 0; i < LANES; i++) { /* lanes that are left over repeat the last message */
            const size_t message = first + (i < used ? i : used - 1);
            before[i] = prefix + message * prefix_step;
            body[i] = data + message * data_step;
        }
        lanes state[8], prepared[ROUNDS];
        start(state);
        for (size_t n = 0, at = 0; n < blocks; n++, at += BLOCK) {
            const int inside = at >= prefix_size && at + BLOCK <= size;
            for (size_t i = 0; i < LANES; i++) {
                if (inside) {
                    block[i] = body[i] + (at - prefix_size);
                    continue;
                }
                memset(rest[i], 0, BLOCK);
                overlap(rest[i], at, before[i], 0, prefix_size);
                overlap(rest[i], at, body[i], prefix_size, data_size);
                if (size >= at && size < at + BLOCK) rest[i][size - at] = 0x80;
                if (n == blocks - 1) put_size(rest[i], size);
                block[i] = rest[i];
            }
            prepare(prepared, block);
            take(state, prepared);
        }
        finish(state, used, out + first * out_step, out_step);
    }
}

#pragma GCC pop_options
