using ReliableDownload.Client.Blocks;

namespace ReliableDownload.Client.Network;

/// <summary>What is known of one mirror in one download: what it brings, and whether it rests. Its owner, <see cref="Mirrors"/>, locks.</summary>
internal sealed class MirrorState(Mirror mirror, TimeProvider clock)
{
    /// <summary>The longest rest.</summary>
    public static readonly TimeSpan MaxRest = TimeSpan.FromMinutes(5);

    // Bytes of a piece in flight tell a speed only after a while.
    private static readonly TimeSpan MinMeasured = TimeSpan.FromMilliseconds(500);

    public Mirror Mirror => mirror;

    /// <summary>Its bit where several mirrors are named by one number.</summary>
    public ulong Bit => 1UL << mirror.Index;

    public List<Piece> InFlight { get; } = [];

    /// <summary>What one connection got, in bytes a second; 0 while not known.</summary>
    public double Speed { get; private set; }

    /// <summary>In a row.</summary>
    public int Failures { get; private set; }

    public long RestUntil { get; private set; }

    /// <summary>It gave wrong bytes.</summary>
    public bool IsWrong { get; set; }

    /// <summary>Its last failure, where that was one that no repetition mends.</summary>
    public AttemptFailure? Refusal { get; set; }

    /// <summary>Whether another attempt makes sense. Of the addresses of a name some are dead for good: one counts once it brought something.</summary>
    public bool MayMend => Refusal is null && !IsWrong && (HasBrought || mirror.OneAddress is null);

    /// <summary>It gave a right block.</summary>
    public bool IsTrusted { get; set; }

    public bool HasBrought { get; private set; }

    public bool IsUsable => !IsWrong && clock.GetTimestamp() >= RestUntil;

    /// <summary>What one connection gets, in bytes a second, pieces on their way included; 0 while not known.</summary>
    public double CurrentSpeed
    {
        get
        {
            var inFlight = InFlight.Where(piece => piece.Started > 0 && clock.GetElapsedTime(piece.Started) > MinMeasured).Select(piece => SpeedOf(piece, MinMeasured)).ToList();
            return inFlight.Count == 0 ? Speed : Speed == 0 ? inFlight.Average() : (Speed + inFlight.Average()) / 2;
        }
    }

    /// <summary>The attempt at a piece is over.</summary>
    public void End(Piece piece)
    {
        if (!InFlight.Remove(piece) || piece.Next <= piece.From || piece.Started == 0)
            return;
        var speed = SpeedOf(piece, TimeSpan.Zero);
        Speed = Speed == 0 ? speed : (Speed + speed) / 2;
        Failures = 0;
        Refusal = null;
        HasBrought = true;
    }

    public void RestFor(TimeSpan time)
    {
        Failures++;
        Speed = 0;
        RestUntil = clock.GetTimestamp() + (long)((time < MaxRest ? time : MaxRest).TotalSeconds * clock.TimestampFrequency);
    }

    private double SpeedOf(Piece piece, TimeSpan least)
    {
        var lasted = clock.GetElapsedTime(piece.Started);
        return (piece.Next - piece.From) / Math.Max(0.001, (lasted > least ? lasted : least).TotalSeconds);
    }
}
