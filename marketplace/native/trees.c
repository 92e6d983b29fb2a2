/* Decision trees over integers, followed for many rows: eight rows at a time, so that none waits for its memory.
 *
 * A node goes right if (value of its feature) - low, modulo 2^32, lies below width; its children stand side by
 * side, the right one behind the left one. A leaf is its own child, never goes right, and its low is its value.
 * marketplace/models/paths.py makes the nodes, checks all bounds, and calls it; numpy does the work where it is missing.
 */

#include <stddef.h>
#include <stdint.h>

enum { ABREAST = 8, BLOCK = 256, LEVELS = 4 }; /* rows at once; rows that stay in the cache; levels between two looks */

typedef struct {
    uint32_t low, width, child, feature;
} node_t;

static inline void follow(const node_t *nodes, uint32_t root, const int32_t *const rows[ABREAST], uint32_t *at) {
    uint32_t place[ABREAST], moved;
    for (int i = 0; i < ABREAST; i++) place[i] = root;
    do {
        for (int level = 1; level <= LEVELS; level++) {
            moved = 0;
#pragma GCC unroll 8
            for (int i = 0; i < ABREAST; i++) {
                const node_t *node = nodes + place[i];
                const uint32_t beyond = (uint32_t)rows[i][node->feature] - node->low;
                const uint32_t next = node->child + (beyond < node->width);
                moved |= next ^ place[i];
                place[i] = next;
            }
        }
    } while (moved);
    for (int i = 0; i < ABREAST; i++) at[i] = place[i];
}

/* Write the leaf's value of tree t for row r to out[t * count + r]. Trees with the same leader differ in their leaves'
 * values only, and the leader, a tree's number, comes first of them. */
void tessera_follow_trees(const uint32_t *records, const uint32_t *roots, const uint32_t *leaders,
                          size_t trees, const int32_t *rows, size_t features, size_t count, int32_t *out) {
    const node_t *nodes = (const node_t *)records;
    uint32_t at[BLOCK];
    for (size_t first = 0; first < count; first += BLOCK) {
        const size_t used = count - first < BLOCK ? count - first : BLOCK;
        for (size_t t = 0; t < trees; t++) {
            for (size_t r = 0; leaders[t] == t && r < used; r += ABREAST) {
                const int32_t *row[ABREAST]; /* rows that are left over repeat the last one */
                for (size_t i = 0; i < ABREAST; i++)
                    row[i] = rows + (first + (r + i < used ? r + i : used - 1)) * features;
                follow(nodes, roots[t], row, at + r);
            }
            const node_t *leaves = nodes + (roots[t] - roots[leaders[t]]);
            for (size_t r = 0; r < used; r++) out[t * count + first + r] = (int32_t)leaves[at[r]].low;
        }
    }
}
