using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Network;

namespace ReliableDownload.Client.Transfers;

/// <summary>Takes the bytes of a piece from a response's body into their blocks, and has each block proven that is whole. One for each connection.</summary>
/// <param name="source">Which mirror they come from.</param>
internal sealed class PieceReceiver(Transfer transfer, Scheduler scheduler, Line line, Pace pace, TransferCounters counters, TimeProvider clock, int source = 0)
{
    // More than this is not worth losing to a kill -9; writing it costs nothing on a line where a block takes longer.
    private static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(1);

    private static readonly AttemptFailure ClosedEarly = new(DownloadOutcome.Network, true, "the connection was closed early");

    private byte[] _slice = [];

    /// <returns>Why not all of it came; null when it did.</returns>
    public AttemptFailure? Receive(Stream body, Piece piece, Action<OpenBlock> prove)
    {
        piece.LastByte = clock.GetTimestamp();
        while (scheduler.BlockOf(piece) is { } open)
        {
            var start = piece.Next;
            var failure = ReceiveBlock(body, piece, open);
            if (scheduler.Fill(open, new ByteRange(start, piece.Next - start), piece.Rescue is null ? source : OpenBlock.UnknownSource))
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
        var blockEnd = open.Start + open.Length;
        AttemptFailure? failure = null;
        while (failure is null && piece.Next < blockEnd && piece.Reserve((int)Math.Min(pace.ReadLength, blockEnd - piece.Next)) is > 0 and var length)
        {
            if (piece.Rescue is null)
                failure = open.IsOnDisk ? ReadToDisk(body, piece, length) : Read(body, piece, open.At(piece.Next)[..length]);
            if (piece.Rescue is { } rescue)
            {
                var rest = rescue.AsSpan()[^(int)piece.Left..];
                if (open.IsOnDisk)
                    transfer.WriteUnproven(piece.Next, rest);
                else
                    rest.CopyTo(open.At(piece.Next));
                piece.Next += rest.Length;
            }

            if (clock.GetElapsedTime(savedAt) >= SaveInterval)
                Save();
        }

        Save();
        return failure;

        void Save()
        {
            // A block that comes as a whole is soon written as a whole.
            if (piece.Next > saved && (open.IsOnDisk || piece.From > open.Start || piece.Next < blockEnd))
                transfer.SaveUnproven(new ByteRange(saved, piece.Next - saved), open);
            (saved, savedAt) = (piece.Next, clock.GetTimestamp());
        }
    }

    private AttemptFailure? ReadToDisk(Stream body, Piece piece, int length)
    {
        if (_slice.Length < length)
            _slice = GC.AllocateUninitializedArray<byte>(length);
        var start = piece.Next;
        var failure = Read(body, piece, _slice.AsSpan(0, length));
        if (piece.Next > start)
            transfer.WriteUnproven(start, _slice.AsSpan(0, (int)(piece.Next - start)));
        return failure;
    }

    private AttemptFailure? Read(Stream body, Piece piece, Span<byte> into)
    {
        try
        {
            var count = body.Read(into);
            if (count == 0)
                return ClosedEarly;
            var now = clock.GetTimestamp();
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
