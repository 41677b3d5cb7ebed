using ReliableDownload.Rd.Reports;

namespace ReliableDownload.Tests.Rd;

public sealed class ByteCountTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1, "1 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.0 KiB")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(700 << 20, "700.0 MiB")]
    [InlineData((1L << 32) + (1L << 29), "4.5 GiB")]
    [InlineData(1L << 40, "1.0 TiB")]
    [InlineData(long.MaxValue, "8.0 EiB")]
    public void Sizes_are_in_binary_units_with_one_digit(long bytes, string text) =>
        Assert.Equal(text, new ByteCount(bytes).ToString());

    [Theory]
    [InlineData((1 << 20) - 1, "1.0 MiB")]
    [InlineData((1 << 20) - 52, "1023.9 KiB")]
    [InlineData((1L << 30) - 1, "1.0 GiB")]
    public void Rounding_never_shows_1024_of_a_unit(long bytes, string text) =>
        Assert.Equal(text, new ByteCount(bytes).ToString());
}
