//! Whether two pictures look the same.

/// Of 255, in any of the three colours: a smoothed edge that was rounded otherwise.
const CHANNEL_DISTANCE_MAX: u8 = 48;
/// The share of pixels that may be further apart: a letter is some hundredths of a percent.
const SHARE_MAX: f64 = 0.000_5;

/// Pixels in rows, three bytes each.
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) rgb: Vec<u8>,
}

/// What a viewer sees.
pub(crate) fn decoded(bytes: &[u8]) -> Result<Picture, png::DecodingError> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info()?;
    let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut rgb)?;
    assert_eq!(frame.color_type, png::ColorType::Rgb);
    Ok(Picture { width: frame.width, height: frame.height, rgb })
}

/// Says what is different, where it is more than rounding.
pub(crate) fn pictures(blessed: &[u8], drawn: &[u8]) -> Result<(), String> {
    let blessed = decoded(blessed).map_err(|error| format!("no golden picture ({error})"))?;
    let drawn = decoded(drawn).map_err(|error| format!("no picture ({error})"))?;
    let size = |picture: &Picture| (picture.width, picture.height);
    if size(&blessed) != size(&drawn) {
        return Err(format!("{:?} pixels instead of {:?}", size(&drawn), size(&blessed)));
    }
    let pixels = blessed.rgb.chunks(3).zip(drawn.rgb.chunks(3));
    let is_other = |(one, two): &(&[u8], &[u8])| {
        one.iter().zip(*two).any(|(one, two)| one.abs_diff(*two) > CHANNEL_DISTANCE_MAX)
    };
    let all = blessed.rgb.len() / 3;
    let other = pixels.filter(is_other).count();
    let share = other as f64 / all as f64;
    if share > SHARE_MAX {
        return Err(format!("{other} of {all} pixels differ ({:.2} %)", share * 100.0));
    }
    Ok(())
}

#[test]
fn a_picture_differs_from_another_and_not_from_itself() {
    let cases = super::cases::all();
    let [one, two] =
        [&cases[0], &cases[3]].map(|case| warroom::render::png(&case.chart, &case.look).unwrap());
    assert_eq!(pictures(&one, &one), Ok(()));
    assert!(pictures(&one, &two).unwrap_err().contains("pixels differ"));
    assert!(pictures(b"", &two).unwrap_err().contains("no golden picture"));
}
