using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using ReliableDownload.Api.Kernel;
using ReliableDownload.Api.Limiting;

namespace ReliableDownload.Api.Sending;

/// <summary>
/// The output of one HTTP/1 connection, directly on its socket. What Kestrel writes is sent by send(2). A region of a file is announced by
/// <see cref="RegionSender"/> and sent by sendfile(2), while Kestrel writes as many placeholder bytes, which are never sent.
/// One per connection; like any pipe, for one caller at a time.
/// </summary>
internal sealed class SocketOutput(ConnectionContext connection, PipeWriter transport, Socket socket, StallWatch stall, SendPace? pace) : PipeWriter
{
    /// <summary>The maximum size of a region, in bytes. Measured: 1 to 8 MiB cost the same.</summary>
    public const int MaxRegion = 2 << 20;

    // Bytes: room for the headers of a response and a body of a few KiB.
    private const int UsualBuffer = 16 << 10;

    // Bytes per send when the socket is full: such a send can be awaited, sendfile(2) cannot.
    private const int AwaitedBytes = 4 << 10;

    // How much one client may use an event thread before the thread's other clients are served, in bytes, and what each answer counts
    // in addition to its bytes: some milliseconds of sending, or 256 small answers.
    private const int FairShare = 16 << 20;
    private const int AnswerCost = 64 << 10;

    // The memory into which Kestrel writes placeholders. It is never touched, so the system never allocates it.
    private static readonly byte[] Placeholder = GC.AllocateUninitializedArray<byte>(MaxRegion);

    private byte[] _buffer = [];
    private int _written;
    private FileRegion _region;
    private int _placeholderWritten;
    private int _used;
    private bool _isClosed;

    /// <summary>Why some of the promised bytes cannot be sent; <see cref="EndOfStreamException"/> if the file ended.</summary>
    public IOException? FileFailure { get; private set; }

    /// <summary>Bytes that the kernel has accepted since the connection began.</summary>
    public long BytesSent { get; private set; }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _written + _placeholderWritten;

    private bool ExpectsPlaceholder => _placeholderWritten < _region.Count;

    /// <summary>The output of a request's connection; null if Kestrel does not write directly to it, as with TLS.</summary>
    public static SocketOutput? Of(HttpContext context) =>
        (context.Features.Get<IConnectionTransportFeature>()?.Transport as SocketTransport)?.SocketOutput;

    /// <summary>Disables Kestrel's own limit for slow clients if the connection has a <see cref="StallWatch"/>; with HTTP/2 the limit stays.</summary>
    public static void ReplaceRateLimit(HttpContext context)
    {
        if ((Of(context) is not null || context.Features.Get<StallWatch>() is not null) && context.Features.Get<IHttpMinResponseDataRateFeature>() is { } kestrels)
            kestrels.MinDataRate = null;
    }

    /// <summary>
    /// Announces that the bytes of <paramref name="region"/> follow what has been written so far; the caller then writes as many arbitrary
    /// bytes and flushes.
    /// </summary>
    public void Announce(FileRegion region)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(region.Count, MaxRegion);
        _region = region;
        _placeholderWritten = 0;
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (ExpectsPlaceholder)
            return Placeholder;
        return GetBuffer(sizeHint);
    }

    private Memory<byte> GetBuffer(int sizeHint)
    {
        var needed = _written + Math.Max(sizeHint, 1);
        if (needed > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, UsualBuffer));
            _buffer.AsSpan(0, _written).CopyTo(larger);
            ReturnBuffer();
            _buffer = larger;
        }

        return _buffer.AsMemory(_written);
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (ExpectsPlaceholder)
            _placeholderWritten += bytes;
        else
            _written += bytes;
    }

    /// <summary>
    /// Sends what has been written and announced. To be called before Kestrel flushes: its own flush would continue on the thread pool after each wait, which took four
    /// times the context switches (measured).
    /// </summary>
    public async ValueTask SendWrittenAsync(CancellationToken cancellationToken)
    {
        var isSent = false;
        try
        {
            // Otherwise the region would be sent twice, or not at all.
            if (_placeholderWritten != _region.Count)
                throw new InvalidOperationException("A region of a file was announced but not written.");
            if (!_isClosed)
            {
                await SendAsync(cancellationToken);
                if (IsOthersTurn())
                    await EventThread.LeaveAsync();
            }

            isSent = true;
        }
        catch (IOException error)
        {
            FileFailure = error;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Kestrel would treat it as an error of its own and continue.
            connection.Abort(new ConnectionAbortedException("A response cannot be sent.", error));
        }
        finally
        {
            _isClosed |= !isSent;
            (_region, _placeholderWritten, _written) = (default, 0, 0);
            ReturnBuffer();
        }
    }

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (UnflushedBytes > 0)
            await SendWrittenAsync(cancellationToken);
        return new FlushResult(isCanceled: false, isCompleted: _isClosed);
    }

    public override void CancelPendingFlush()
    {
        // A partial send cannot be undone: whoever gives up on a flush aborts the connection, which ends the send.
    }

    public override void Complete(Exception? exception = null)
    {
        _isClosed = true;
        transport.Complete(exception);
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        _used += AnswerCost + _region.Count;
        for (var rest = _buffer.AsMemory(0, _written); !rest.IsEmpty;)
        {
            var part = pace is null ? rest : rest[..await pace.TakeAsync(rest.Length)];
            rest = rest[part.Length..];
            while (!part.IsEmpty)
            {
                part = part[Sent(KernelSend.Send(socket, part.Span, moreFollows: _region.Count > 0 || !rest.IsEmpty))..];
                if (!part.IsEmpty)
                    part = part[Sent(await AwaitSendAsync(part, cancellationToken))..];
            }
        }

        for (var rest = _region; rest.Count > 0;)
        {
            var part = pace is null ? rest : rest.First(await pace.TakeAsync(rest.Count));
            rest = rest.Skip(part.Count);
            while (part.Count > 0)
            {
                if (EventThread.IsCurrent && !PageCache.Has(part.File, part.Offset, part.Count))
                    await EventThread.LeaveAsync();
                part = part.Skip(Sent(KernelSend.Send(socket, part)));
                if (part.Count > 0)
                    part = part.Skip(Sent(await CopyAsync(part, cancellationToken)));
            }
        }
    }

    private int Sent(int count)
    {
        BytesSent += count;
        return count;
    }

    /// <summary>Sends the first bytes of a region the ordinary way, which reports errors.</summary>
    private async ValueTask<int> CopyAsync(FileRegion region, CancellationToken cancellationToken)
    {
        _written = 0;
        var buffer = GetBuffer(AwaitedBytes)[..Math.Min(region.Count, AwaitedBytes)];
        var count = PageCache.TryRead(region.File, buffer.Span, region.Offset);
        if (count <= 0)
        {
            await EventThread.LeaveAsync();
            EventThread.AssertLeft();
            count = RandomAccess.Read(region.File, buffer.Span, region.Offset);
        }

        return count == 0 ? throw new EndOfStreamException() : await AwaitSendAsync(buffer[..count], cancellationToken);
    }

    /// <summary>Waits until the socket has accepted some of <paramref name="bytes"/>.</summary>
    private async ValueTask<int> AwaitSendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var sending = socket.SendAsync(bytes[..Math.Min(bytes.Length, AwaitedBytes)], SocketFlags.None, cancellationToken);
        if (sending.IsCompleted)
            return await sending;
        _used = 0;
        stall.IsWaiting = true;
        try
        {
            return await sending;
        }
        finally
        {
            stall.IsWaiting = false;
        }
    }

    private bool IsOthersTurn()
    {
        // After a wait for the socket the caller continues on an event thread, and only the sending of a file is known not to block there.
        var mayStay = _used < FairShare && (_used > 0 || _region.Count > 0);
        if (!mayStay)
            _used = 0;
        return !mayStay;
    }

    private void ReturnBuffer()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }
}
