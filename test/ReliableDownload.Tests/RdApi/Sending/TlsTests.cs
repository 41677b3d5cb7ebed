using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Sending;

/// <summary>Under TLS the kernel must not send: what it sends is in the clear. Wherever TLS is put, nobody can make it.</summary>
public sealed class TlsTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_of_a_file_is_sent_in_the_clear(bool tlsFirst)
    {
        using var temp = new TempFolder();
        var content = Enumerable.Repeat("this is a secret"u8.ToArray(), 300_000).SelectMany(part => part).ToArray();
        await File.WriteAllBytesAsync(temp["file"], content);
        await using var server = await TlsServer.StartAsync(temp.Path, tlsFirst);
        RecordingStream? raw = null;
        using var client = server.CreateClient(async (context, cancellationToken) => raw = await RecordingStream.ConnectAsync(context, cancellationToken));
        Assert.Equal(content, await client.GetByteArrayAsync("file"));
        Assert.True(raw!.Received.Length > content.Length);
        Assert.True(raw.Received.AsSpan().IndexOf("this is a secret"u8) < 0);
    }
}
