using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Network;

namespace ReliableDownload.Client.Transfers;

/// <summary>Takes the bytes of a piece from a response's body into their blocks, and has each block proven that is whole. One for each connection.</summary>
internal sealed class PieceReceiver(Transfer transfer, Scheduler scheduler, Line line, Pace pace, TransferCounters counters, TimeProvider clock)
{
    // More than this is not worth losing to a kill -9; writing it costs nothing on a line where a block takes longer.
    private static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(1);

    private static readonly AttemptFailure ClosedEarly = new(DownloadOutcome.Network, true, "the connection was closed early");

    /// <returns>Why not all of it came; null when it did.</returns>
    public AttemptFailure? Receive(Stream body, Piece piece, Action<OpenBlock> prove)
    {
        piece.LastByte = clock.GetTimestamp();
        while (scheduler.BlockOf(piece) is { } open)
        {
            var start = piece.Next;
            var failure = ReceiveBlock(body, piece, open);
            if (scheduler.Fill(open, new ByteRange(start, piece.Next - start)))
                prove(open);
            if (failure is not null)
                return failure;
        }

        return null;
    }

    /// <summary>Fetches bytes that a slower connection fetches as well, into memory of its own.</summary>
    public AttemptFailure? ReceiveRescue(Stream body, Piece piece)
    {
        piece.LastByte = clock.GetTimestamp();
        var bytes = new byte[piece.Left];
        while (piece.Left > 0)
        {
            if (Read(body, piece, bytes.AsSpan((int)(piece.Next - piece.From))) is { } failure)
                return failure;
        }

        scheduler.Rescue(piece.RescueOf!, bytes);
        return null;
    }

    private AttemptFailure? ReceiveBlock(Stream body, Piece piece, OpenBlock open)
    {
        var saved = piece.Next;
        var savedAt = clock.GetTimestamp();
        var end = Math.Min(piece.To, open.Start + open.Length);
        while (piece.Next < end)
        {
            var failure = piece.Rescue is null ? Read(body, piece, open.At(piece.Next)[..(int)(end - piece.Next)]) : null;
            if (piece.Rescue is { } rescue)
            {
                rescue.AsSpan()[^(int)(end - piece.Next)..].CopyTo(open.At(piece.Next));
                piece.Next = end;
            }

            if (failure is null && piece.Next < end && clock.GetElapsedTime(savedAt) < SaveInterval)
                continue;
            // A block that comes as a whole is soon written as a whole.
            if (piece.From > open.Start || piece.Next < open.Start + open.Length)
                transfer.SaveUnproven(new ByteRange(saved, piece.Next - saved), open);
            if (failure is not null)
                return failure;
            (saved, savedAt) = (piece.Next, clock.GetTimestamp());
        }

        return null;
    }

    private AttemptFailure? Read(Stream body, Piece piece, Span<byte> into)
    {
        try
        {
            var count = body.Read(into);
            if (count == 0)
                return ClosedEarly;
            var now = clock.GetTimestamp();
            pace.TakeGap(clock.GetElapsedTime(piece.LastByte, now));
            piece.LastByte = now;
            piece.Next += count;
            counters.AddFetched(count);
            line.Advance();
            return null;
        }
        catch (Exception error) when (AttemptFailure.Of(error) is not null)
        {
            return AttemptFailure.Of(error);
        }
    }
}
