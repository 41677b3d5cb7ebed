using ReliableDownload.Rd.Reports;

namespace ReliableDownload.Tests.Rd;

public sealed class DurationTests
{
    [Theory]
    [InlineData(0, "0.0 s")]
    [InlineData(0.84, "0.8 s")]
    [InlineData(9.94, "9.9 s")]
    [InlineData(12.3, "12 s")]
    [InlineData(185, "3 min 05 s")]
    [InlineData(7440, "2 h 04 min")]
    [InlineData(273_600, "3 d 04 h")]
    public void Times_have_two_units_at_the_most(double seconds, string text) =>
        Assert.Equal(text, new Duration(TimeSpan.FromSeconds(seconds)).ToString());

    [Theory]
    [InlineData(9.97, "10 s")]
    [InlineData(59.7, "1 min 00 s")]
    [InlineData(3599.6, "1 h 00 min")]
    [InlineData(86_399.9, "1 d 00 h")]
    public void Rounding_never_shows_60_of_a_unit(double seconds, string text) =>
        Assert.Equal(text, new Duration(TimeSpan.FromSeconds(seconds)).ToString());
}
