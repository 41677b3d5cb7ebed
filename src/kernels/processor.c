// What the processor and the kernel can do together: 512 for AVX-512, 256 for AVX2, else 0. The managed code cannot ask: in a program compiled
// for all x64 processors Avx2.IsSupported is constantly false, and there is no intrinsic for XGETBV.
int rd_vector_bits(void) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) return 512;
    return __builtin_cpu_supports("avx2") ? 256 : 0;
}
