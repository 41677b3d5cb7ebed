using ReliableDownload.Client;

namespace ReliableDownload.Tests.Rd;

public sealed class WindowsNameTests
{
    [Theory]
    [InlineData("CON")]
    [InlineData("nul.iso")]
    [InlineData("com1")]
    [InlineData("LPT9.tar.gz")]
    [InlineData("aux .bin")]
    [InlineData("file.")]
    [InlineData("file ")]
    public void Names_of_devices_and_names_that_would_be_shortened_are_reserved(string name) => Assert.True(FileNames.IsReservedOnWindows(name));

    [Theory]
    [InlineData("console.iso")]
    [InlineData("com.bin")]
    [InlineData("com10.bin")]
    [InlineData(".con")]
    [InlineData("file")]
    public void Others_are_not(string name) => Assert.False(FileNames.IsReservedOnWindows(name));
}
