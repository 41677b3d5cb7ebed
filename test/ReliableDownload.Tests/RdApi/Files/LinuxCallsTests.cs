using ReliableDownload.Api.Files;

namespace ReliableDownload.Tests.RdApi.Files;

public sealed class LinuxCallsTests
{
    [Theory]
    [InlineData(2, true)] // ENOENT
    [InlineData(13, true)] // EACCES
    [InlineData(22, true)] // EINVAL: a name that the file system does not allow
    [InlineData(84, true)] // EILSEQ: the same, for names that are no UTF-8
    [InlineData(126, true)] // ENOKEY: encrypted
    [InlineData(5, false)] // EIO
    [InlineData(12, false)] // ENOMEM
    [InlineData(23, false)] // ENFILE
    [InlineData(24, false)] // EMFILE
    [InlineData(116, false)] // ESTALE
    public void What_will_not_be_there_at_the_next_try_either_is_absent(int error, bool isAbsent) =>
        Assert.Equal(isAbsent, LinuxCalls.IsAbsence(error));
}
