namespace ReliableDownload.Client.Network;

/// <summary>A response's body that is read no faster than a <see cref="RateLimit"/> allows. It waits outside of reading, so that waiting is not taken for silence.</summary>
/// <param name="ended">Ends the waiting; the read that follows finds out why.</param>
internal sealed class LimitedStream(Stream body, RateLimit limit, CancellationToken ended) : ForwardStream
{
    /// <summary>The body itself where there is no limit.</summary>
    public static Stream Of(Stream body, RateLimit? limit, CancellationToken ended) => limit is null ? body : new LimitedStream(body, limit, ended);

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
            return 0;
        var allowed = limit.Take(buffer.Length, ended);
        var count = 0;
        try
        {
            return count = body.Read(buffer[..allowed]);
        }
        finally
        {
            limit.Return(allowed - count);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            body.Dispose();
        base.Dispose(disposing);
    }
}
