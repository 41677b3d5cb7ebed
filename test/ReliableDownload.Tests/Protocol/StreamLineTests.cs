using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ReliableDownload.Protocol;

namespace ReliableDownload.Tests.Protocol;

public sealed class StreamLineTests
{
    private static readonly StreamLine.File FileLine = new(
        "sub/中文 \"x\".txt", new BlockLayout(5_000_000, 2 << 20), DigestAlgorithm.Sha256, FileVersion.Of(5_000_000, 1_700_000_000_123_456_789), DateTimeOffset.UnixEpoch);

    [Fact]
    public void The_first_line_comes_back_as_it_was_written() => Assert.Equal(FileLine, RoundTrip(lines => lines.File(FileLine)));

    [Fact]
    public void The_first_line_has_the_fields_of_the_protocol() => Assert.Equal(
        """{"type":"file","path":"sub/中文 \"x\".txt","size":5000000,"block_size":2097152,"block_count":3,"digest":"sha-256","version":"4c4b40-17979cfe3d85cd15","modified":"1970-01-01T00:00:00+00:00"}"""
        + "\n",
        Write(lines => lines.File(FileLine)));

    [Fact]
    public void Digests_of_any_number_come_back_as_they_were_written() => Prop.ForAll(
        Gen.Choose(0, 40).SelectMany(count => Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(32 * count)).ToArbitrary(),
        digests =>
        {
            var line = Assert.IsType<StreamLine.Blocks>(RoundTrip(lines => lines.Blocks(7, digests, 32)));
            return line.First == 7 && line.Digests.AsSpan().SequenceEqual(digests);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_small_lines_come_back_as_they_were_written()
    {
        Assert.Equal(new StreamLine.Wait(5), RoundTrip(lines => lines.Wait(5)));
        Assert.Equal(new StreamLine.Changed(), RoundTrip(lines => lines.Changed()));
        Assert.Equal(new StreamLine.Error("no\nway"), RoundTrip(lines => lines.Error("no\nway")));
        Assert.Equal([1, 2, 3], Assert.IsType<StreamLine.End>(RoundTrip(lines => lines.End([1, 2, 3]))).Root);
    }

    [Theory]
    [InlineData("""{"type":"wait","hashed":1,"new field":{"a":[1,{}]}}""")]
    [InlineData("""{"hashed":1,"type":"wait"}""")]
    public void Fields_that_are_not_known_and_any_order_are_no_obstacle(string line) =>
        Assert.Equal(new StreamLine.Wait(1), StreamLineReader.Read(Encoding.UTF8.GetBytes(line)));

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"type":"wait","hashed":1}{}""")]
    [InlineData("""{"type":"wait","hashed":"1"}""")]
    [InlineData("""{"type":"blocks","first":0,"digests":["zz"]}""")]
    [InlineData("""{"type":"blocks","first":0,"digests":["abc"]}""")]
    [InlineData("""{"type":"blocks","first":0,"digests":7}""")]
    [InlineData("""{"type":"blocks","first":99999999999}""")]
    [InlineData("""{"type":"file","size":1,"block_size":65536,"block_count":1,"digest":"sha-256","version":"a\"b"}""")]
    public void A_line_that_is_none_is_an_error_and_nothing_else(string line) =>
        Assert.Throws<ProtocolException>(() => StreamLineReader.Read(Encoding.UTF8.GetBytes(line)));

    [Fact]
    public void Bytes_of_any_kind_are_a_line_or_an_error_and_nothing_else() => Prop.ForAll<byte[]>(bytes =>
    {
        try
        {
            _ = StreamLineReader.Read(bytes);
        }
        catch (ProtocolException)
        {
            // What a line that is none must end with.
        }
    }).QuickCheckThrowOnFailure();

    private static StreamLine RoundTrip(Action<StreamLineWriter> write) => StreamLineReader.Read(Encoding.UTF8.GetBytes(Write(write)));

    private static string Write(Action<StreamLineWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var lines = new StreamLineWriter(buffer))
            write(lines);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
