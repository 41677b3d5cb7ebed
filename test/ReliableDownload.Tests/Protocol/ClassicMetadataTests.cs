using System.Buffers;
using System.Text;
using ReliableDownload.Protocol;

namespace ReliableDownload.Tests.Protocol;

public sealed class ClassicMetadataTests
{
    // As rd-api 1.7 writes it: keys in alphabetical order, the sizes behind the blocks.
    private const string Done =
        """{"block_count":2,"block_size":"2MiB","blocks":[[0,0,2097151,"7d76d48d64d7ac5411d714a4bb83f37e3e5b8df6"],[1,2097152,2097159,"pending"]],"file_size":2097160,"filepath":"x","msg":"","ok":true,"path":"a/x"}""";

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void A_document_is_read_in_pieces_of_any_size(int pieceSize)
    {
        var document = Read(Done, pieceSize);

        Assert.Null(document.Error);
        Assert.Equal("a/x", document.Path);
        Assert.Equal(new BlockLayout(2097160, 2 << 20), document.Layout);
        Assert.Equal("7d76d48d64d7ac5411d714a4bb83f37e3e5b8df6", Convert.ToHexStringLower(document.Digests[0]));
        Assert.False(document.Digests.IsKnown(1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65536)]
    [InlineData(65537)]
    [InlineData(50 * 65536)]
    public void What_is_written_is_read(int size)
    {
        var layout = new BlockLayout(size, 65536);
        var digests = new DigestTable(DigestAlgorithm.Sha1, layout.BlockCount);
        for (var block = 0; block < layout.BlockCount; block += 2)
            digests.Set(block, Enumerable.Repeat((byte)block, 20).ToArray());
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new ClassicMetadataWriter(buffer))
        {
            writer.Begin("中文 x", layout);
            writer.Blocks(layout, digests, 0, layout.BlockCount);
            writer.End();
        }

        var document = Read(Encoding.UTF8.GetString(buffer.WrittenSpan), pieceSize: 100);

        Assert.Equal(layout, document.Layout);
        Assert.Equal("中文 x", document.Path);
        Assert.All(Enumerable.Range(0, layout.BlockCount), block => Assert.True(document.Digests[block].SequenceEqual(digests[block])));
    }

    [Fact]
    public void An_error_has_its_sentence() =>
        Assert.Equal("no such file", Read("""{"ok":false,"msg":"no such file","blocks":[],"file_size":-1,"block_count":-1}""", 10).Error);

    [Theory]
    [InlineData("100MiB", 104857600)]
    [InlineData("67108865B", 67108865)]
    [InlineData("1024MiB", 1073741824)]
    public void Servers_1_x_may_have_any_block_size(string text, int size) => Assert.Equal(
        size,
        Read($$"""{"ok":true,"block_size":"{{text}}","file_size":{{size}},"block_count":1,"blocks":[[0,0,{{size - 1}},"pending"]]}""", 10).Layout.BlockSize);

    [Theory]
    [InlineData("\"ok\":true", "\"nothing\":true")]
    [InlineData("[0,0,2097151", "[1,0,2097151")]
    [InlineData("[0,0,2097151", "[0,5,2097151")]
    [InlineData("[0,0,2097151", "[0,0,-9")]
    [InlineData("[0,0,2097151", "[0,0,2097151,7")]
    [InlineData("2097159", "9000000")]
    [InlineData("2097160", "-1")]
    [InlineData("2097160", "9000000000000000000")]
    [InlineData("\"block_count\":2", "\"block_count\":3")]
    [InlineData("2MiB", "1MiB")]
    [InlineData("2MiB", "999999999MiB")]
    [InlineData("2MiB", "-2MiB")]
    [InlineData("2MiB", "")]
    [InlineData("7d76", "7d7")]
    [InlineData("7d76", "zzzz")]
    [InlineData(",\"pending\"", "")]
    [InlineData("true", "7")]
    [InlineData("}", "")]
    public void Numbers_that_contradict_each_other_are_an_error(string right, string wrong) =>
        Assert.Throws<ProtocolException>(() => Read(Done.Replace(right, wrong, StringComparison.Ordinal), 100));

    private static ClassicMetadataReader.Document Read(string text, int pieceSize)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var reader = new ClassicMetadataReader();
        var taken = 0;
        for (var end = Math.Min(pieceSize, bytes.Length); ; end = Math.Min(end + pieceSize, bytes.Length))
        {
            taken += reader.Read(bytes.AsSpan(taken..end), isFinal: end == bytes.Length);
            if (end == bytes.Length)
                return reader.Result();
        }
    }
}
